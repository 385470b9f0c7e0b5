// One change in the list.

import { html } from "htm/preact"

import { clients } from "../data/knowledge.js"
import { toThing } from "../data/address.js"
import { lineOf, subjectOf } from "../data/text.js"
import { preciseText } from "../data/time.js"
import { Link } from "../shell/parts.js"
import { Row } from "../shell/rows.js"
import { ChangeDetails } from "./change-details.js"
import { Deliveries } from "./deliveries.js"
import { phraseOf } from "./phrase.js"

/** @typedef {import("../data/types.js").Change} Change */

const SIGNS = /** @type {Record<Change["op"], string>} */ ({ created: "+", updated: "~", deleted: "−", restored: "↺" })

/** @param {{change: Change, strays: import("./watermark-lines.js").Stray[]}} props */
export function ChangeRow({ change, strays }) {
  const { seq, op, before, after } = change
  const head = html`
    <span class="number">${seq}</span>
    <span class=${`op ${op}`}><span class="op-sign" aria-hidden="true">${SIGNS[op]}</span> ${op}</span>
    <span class="what"><bdi class="subject">${subjectOf((after ?? before)?.subject)}</bdi>${" "}<span class="phrase">${phraseOf(change)}</span></span>
  `
  return html`
    <${Row} kind="change" number=${seq} class="change" head=${head} details=${() => html`<${ChangeDetails} change=${change} />`}>
      <${Instants} change=${change} />
      <${Origin} change=${change} />
      ${strays.slice(0, 3).map(
        ({ client, side }) => html`<span class="tag warning" key=${client}>stamped ${side} the watermark of ${lineOf(client, 24)}</span>`,
      )}
      ${clients.value.length > 0 && html`<${Deliveries} change=${change} />`}
    <//>
  `
}

/** When it was committed; and its stamp, and when lists show it, where these differ. @param {{change: Change}} props */
function Instants({ change: { committedAt, stamp, visibleAt } }) {
  return html`
    <time>${preciseText(committedAt)}</time>
    ${stamp !== committedAt && html`<span class="tag warning">stamp ${preciseText(stamp)}</span>`}
    ${visibleAt !== committedAt && html`<span class="tag warning">in lists from ${preciseText(visibleAt)}</span>`}
  `
}

/** @param {{change: Change}} props */
function Origin({ change: { origin, by, requestId } }) {
  const who = by ? ` by ${lineOf(by, 32)}` : ""
  if (origin === "crm") return html`<span>in the CRM${who}</span>`
  return html`
    <span>by a client${by ? `,${who}` : ""}${requestId && html`, <${Link} to=${toThing("request", requestId)}>request ${requestId}<//>`}</span>
  `
}
