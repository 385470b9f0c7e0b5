// One change opened: who was given it, all its instants, and the record before and after, field by field.

import { html } from "htm/preact"

import { FindingsOf } from "../audit/naming.js"
import { onAxis, toRecord } from "../data/address.js"
import { capital, isOfEvent, nameOf } from "../data/changed.js"
import { changesByRecord } from "../data/feed.js"
import { lineOf } from "../data/text.js"
import { fullText } from "../data/time.js"
import { Link } from "../shell/parts.js"
import { LongText } from "../shell/long-text.js"
import { DeliveryList } from "./deliveries.js"
import { RequestLink } from "../traffic/request-link.js"
import { fieldsOf } from "./fields.js"

/** @typedef {import("../data/types.js").Change} Change */

/** @param {{change: Change}} props */
export function ChangeDetails({ change }) {
  const { seq, kind, recordId } = change
  const filter = isOfEvent(change) ? change.eventId : nameOf(change)
  const count = changesByRecord.value.get(nameOf(change))?.length ?? 1
  const all = count === 1 ? "The only change" : `All ${count} changes`
  return html`
    <p class="doings">
      <${Link} to=${toRecord(kind, recordId)}>Show the ${kind}<//>
      <${Link} to=${{ panel: "changes", filter }}>${all} of this ${kind}<//>
      <${Link} to=${onAxis("change", seq)}>On the time axis<//>
    </p>
    <${FindingsOf} kind="change" id=${seq} />
    <h3>Clients</h3>
    <${DeliveryList} change=${change} />
    <${Instants} change=${change} />
    <${BeforeAndAfter} change=${change} />
  `
}

/** @param {{change: Change}} props */
function Instants({ change }) {
  const { committedAt, stamp, visibleAt, version, kind, recordId, requestId, origin, by } = change
  const facts = /** @type {[string, any][]} */ ([
    ["Committed", instant(committedAt)],
    ["Stamp", html`${instant(stamp)}${apart(stamp, committedAt)}`],
    ["In lists from", html`${instant(visibleAt)}${apart(visibleAt, committedAt)}`],
    [capital(kind), html`<span class="id">${lineOf(recordId, 80)}</span>, version ${version}`],
    ["Origin", `${origin === "crm" ? "in the CRM" : "a client"}${by ? `, by ${lineOf(by, 200)}` : ""}`],
    ...(requestId ? [["Request", requestOf(requestId)]] : []),
  ])
  return html`
    <h3>Instants</h3>
    <dl class="facts">${facts.map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>
  `
}

/** The requests of the controls, `a1` and so on, are in no journal. @param {string} id */
function requestOf(id) {
  return /^\d+$/.test(id) ? html`<${RequestLink} number=${id} />` : `${lineOf(id, 40)}, of the controls`
}

/** @param {string} at */
function instant(at) {
  return html`<time>${fullText(at)}</time>`
}

/** @param {string} at @param {string} committedAt */
function apart(at, committedAt) {
  if (at === committedAt) return null
  const earlier = Date.parse(at) < Date.parse(committedAt)
  return html`${" "}<span class="tag warning">${earlier ? "before" : "after"} the commit</span>`
}

/** @param {{change: Change}} props */
function BeforeAndAfter({ change }) {
  const { before, after, kind } = change
  return html`
    <table class="before-after">
      <caption>Before and after</caption>
      <thead><tr><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
      <tbody>
        ${fieldsOf(change).map(
          ({ name, before: had, after: has, differs }) => html`
            <tr key=${name} class=${differs && before && after ? "differs" : ""}>
              <th scope="row">${lineOf(name, 60)}${differs && before && after && html`<${Differs} />`}</th>
              <td><${Side} text=${had} /></td>
              <td><${Side} text=${has} /></td>
            </tr>
          `,
        )}
      </tbody>
    </table>
    ${before === null && html`<p class="cut-note">There was no ${kind} before this change.</p>`}
    ${after === null && html`<p class="cut-note">There is no ${kind} after this change: lists show a tombstone.</p>`}
  `
}

function Differs() {
  return html`${" "}<span class="differs-sign">≠<span class="visually-hidden"> differs</span></span>`
}

/** @param {{text: string | null}} props */
function Side({ text }) {
  if (text === null) return html`<span class="nothing">·<span class="visually-hidden"> nothing</span></span>`
  return html`<${LongText} text=${text} first=${500} />`
}
