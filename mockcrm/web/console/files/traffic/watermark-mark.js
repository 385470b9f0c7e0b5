// A line between requests: where the watermark of a client stands, and where the next one should.

import { html } from "htm/preact"

import { lineOf } from "../data/text.js"
import { preciseText } from "../data/time.js"
import { RequestLink } from "./request-link.js"

/** @typedef {import("../data/watermarks.js").Watermark} Watermark */
/** @typedef {import("../data/watermarks.js").Mark} Mark */

/** @param {{marks: Watermark[]}} props the watermarks of one client */
export function WatermarkMark({ marks }) {
  const [first, ...others] = marks
  const alike = others.every((each) => each.sent?.at === first.sent?.at && each.next?.at === first.next?.at)
  return html`
    <li class="watermark">
      <span class="watermark-sign" aria-hidden="true">≋</span>
      <span>
        <strong>Watermark of <bdi>${lineOf(first.client, 40)}</bdi></strong>${" "}
        ${(alike ? [first] : marks).map((each) => html`<${Stand} mark=${each} of=${alike ? "" : each.of} />`)}
      </span>
    </li>
  `
}

/** @param {{mark: Watermark, of: string}} props */
function Stand({ mark: { sent, next }, of }) {
  const same = sent !== null && sent.at === next?.at
  return html`
    <span class="stand">
      ${of && html`<span class="of">${of}: </span>`}
      ${sent ? html`<${At} mark=${sent} />` : "none sent yet"}
      ${next && html`; next should be ${same && "the same "}<${At} mark=${next} sent=${sent?.at} before="asOf of" />`}
    </span>
  `
}

/**
 * An instant, which is not written again if it was `sent`.
 *
 * @param {{mark: Mark, before?: string, sent?: number}} props
 */
function At({ mark: { at, request }, before, sent }) {
  const time = at === sent ? "" : html`<time>${preciseText(at)}</time> `
  return html`${time}(<${RequestLink} number=${request} before=${before} />)`
}
