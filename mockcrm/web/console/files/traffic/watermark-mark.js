// A line between requests: where the watermark of a client stands, and where the next one should.

import { html } from "htm/preact"

import { toThing } from "../data/address.js"
import { lineOf } from "../data/text.js"
import { preciseText } from "../data/time.js"
import { Link } from "../shell/parts.js"

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
        ${(alike ? [first] : marks).map((each) => html`<${Stand} mark=${each} of=${marks.length > 1 && !alike ? each.of : ""} />`)}
      </span>
    </li>
  `
}

/** @param {{mark: Watermark, of: string}} props */
function Stand({ mark: { sent, next }, of }) {
  return html`
    <span class="stand">
      ${of && html`<span class="of">${of}: </span>`}
      ${sent ? html`<${At} mark=${sent} />` : "none sent yet"}
      ${next && html`<span class="next">; next ${next.at === sent?.at ? "the same " : ""}<${At} mark=${next} before=${sent?.at} what="asOf of request" /></span>`}
    </span>
  `
}

/** An instant, which is not written again if it is the one `before`. @param {{mark: Mark, what?: string, before?: number}} props */
function At({ mark: { at, request }, what = "request", before }) {
  return html`${at !== before && html`<time>${preciseText(at)}</time>`} (<${Link} to=${toThing("request", request)}>${what} ${request}<//>)`
}
