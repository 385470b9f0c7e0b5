// One change in the list.

import { html } from "htm/preact"

import { isOfEvent, titleOf } from "../data/changed.js"
import { clients } from "../data/knowledge.js"
import { lineOf } from "../data/text.js"
import { preciseText } from "../data/time.js"
import { Row } from "../shell/rows.js"
import { RequestLink } from "../traffic/request-link.js"
import { ChangeDetails } from "./change-details.js"
import { Deliveries } from "./deliveries.js"
import { phraseOf } from "./phrase.js"

/** @typedef {import("../data/types.js").Change} Change */

const SIGNS = /** @type {Record<Change["op"], string>} */ ({ created: "+", updated: "~", deleted: "−", restored: "↺" })

/** @typedef {import("./watermark-lines.js").Stray} Stray */

/** @param {{change: Change, strays: Stray[]}} props */
export function ChangeRow({ change, strays }) {
  const { seq, op } = change
  const head = html`
    <span class="number">${seq}</span>
    <span class=${`op ${op}`}><span class="op-sign" aria-hidden="true">${SIGNS[op]}</span> ${op}</span>
    <span class="what">
      ${isOfEvent(change) || html`<span class="tag kind">${change.kind}</span> `}
      <bdi class="subject">${titleOf(change)}</bdi>${" "}
      <span class="phrase">${phraseOf(change)}</span>
    </span>
  `
  const details = () => html`<${ChangeDetails} change=${change} />`
  return html`
    <${Row} kind="change" number=${seq} class="change" head=${head} details=${details}>
      <${Instants} change=${change} />
      <${Origin} change=${change} />
      <${Strays} strays=${strays} />
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

/** A stamp that is on the other side of a watermark than the row. @param {{strays: Stray[]}} props */
function Strays({ strays }) {
  return [...Map.groupBy(strays, (each) => each.side)].map(([side, clients]) => {
    const names = clients.slice(0, 3).map(({ client }) => lineOf(client, 24))
    const more = clients.length > 3 ? ` and ${clients.length - 3} more` : ""
    const whose = `${names.join(", ")}${more}`
    return html`<span class="tag warning" key=${side}>stamped ${side} the watermark of ${whose}</span>`
  })
}

/** @param {{change: Change}} props */
function Origin({ change: { origin, by, requestId } }) {
  const who = by && lineOf(by, 32)
  if (origin === "crm") return html`<span>in the CRM${who && ` by ${who}`}</span>`
  return html`
    <span>by ${who ?? "a client"}${requestId && html`, <${RequestLink} number=${requestId} />`}</span>
  `
}
