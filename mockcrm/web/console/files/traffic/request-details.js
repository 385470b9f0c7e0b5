// One request opened: all that was asked, and all that came of it.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { FindingsOf } from "../audit/naming.js"
import { onAxis, toThing } from "../data/address.js"
import { call } from "../data/api.js"
import { titleOf } from "../data/changed.js"
import { changeBySeq } from "../data/feed.js"
import { writeJson } from "../data/json.js"
import { lineOf } from "../data/text.js"
import { fullText, preciseTimeText } from "../data/time.js"
import { Copy, Link } from "../shell/parts.js"
import { LongText } from "../shell/long-text.js"
import { bodyOf, curlOf, leftOut } from "./curl.js"
import { DeliveredVersions } from "./delivered.js"
import { AppliedFaults } from "./faults-applied.js"
import { PagedRead } from "./paged-read.js"
import { isCutOff, parametersOf } from "./words.js"

/** @typedef {import("../data/types.js").Entry} Entry */

/** @param {{entry: Entry}} props */
export function RequestDetails({ entry: kept }) {
  const entry = useWhole(kept)
  return html`
    <${Doings} entry=${entry} />
    <${FindingsOf} kind="request" id=${entry.number} />
    <${Facts} entry=${entry} />
    <${AppliedFaults} faults=${entry.faults} />
    <${Committed} seqs=${entry.changes} />
    <${DeliveredVersions} entry=${entry} />
    <${PagedRead} entry=${entry} />
    <${Pairs} title="Query" pairs=${parametersOf(entry)} />
    <${Pairs} title="Headers" pairs=${Object.entries(entry.headers)} />
    <${Body} entry=${entry} />
  `
}

/**
 * The entry with all that it delivered, which a page keeps no room for if it is much.
 *
 * @param {Entry} kept
 * @returns {Entry}
 */
function useWhole(kept) {
  const [whole, setWhole] = useState(/** @type {Entry | null} */ (null))
  useEffect(() => {
    if (kept.leftOut) call("GET", `/admin/requests/${kept.number}`).then(setWhole, () => {})
  }, [kept])
  return whole ?? kept
}

/** What can be done with a request. @param {{entry: Entry}} props */
function Doings({ entry }) {
  const curl = curlOf(entry)
  const missing = leftOut(entry).slice(0, 8).map((name) => lineOf(name, 40)).join(", ")
  return html`
    <p class="doings">
      <${Copy} text=${curl} label="Copy as curl" />
      <${Link} to=${onAxis("request", entry.number)}>On the time axis<//>
    </p>
    ${missing && html`<p class="cut-note">The command leaves out what the journal masks: ${missing}.</p>`}
    ${entry.cut && html`<p class="cut-note">The journal has only a part of the body that was sent.</p>`}
  `
}

/** @param {{entry: Entry}} props */
function Facts({ entry }) {
  const { arrivedAt, completedAt, client, operation, code, delivered } = entry
  const facts = /** @type {[string, any][]} */ ([
    ["Client", html`<bdi>${lineOf(client, 200)}</bdi>`],
    ["Operation", operation ?? "unknown to the API"],
    ["Arrived", fullText(arrivedAt)],
    ["Answered", completedAt === null ? "under way" : preciseTimeText(completedAt)],
    ...(code ? [["Error code", html`<code>${lineOf(code)}</code>`]] : []),
    ...(delivered.asOf ? [["asOf", html`<code>${delivered.asOf}</code>`]] : []),
    ["Answer", answerText(entry)],
  ])
  return html`
    <dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
  `
}

/** @param {Entry} entry */
function answerText(entry) {
  const { completedAt, status, delivered } = entry
  if (completedAt === null) return "not yet"
  if (delivered.whole) return "arrived whole"
  if (status === null) return "none: the connection broke"
  return `${isCutOff(entry) ? "cut off" : "a fault's, and not the CRM's"}: nothing of it counts as delivered`
}

/** @param {{seqs: number[]}} props */
function Committed({ seqs }) {
  if (!seqs.length) return null
  return html`
    <h3>Changes that it committed</h3>
    <ul class="versions">
      ${seqs.slice(0, 100).map((seq) => {
        const change = changeBySeq.value.get(seq)
        const what = change ? `: ${change.op} ${titleOf(change, 60)}` : ""
        return html`<li key=${seq}><${Link} to=${toThing("change", seq)}>change ${seq}<//>${what}</li>`
      })}
    </ul>
    ${seqs.length > 100 && html`<p class="cut-note">The first 100 of ${seqs.length}.</p>`}
  `
}

/** @param {{title: string, pairs: [string, string][]}} props */
function Pairs({ title, pairs }) {
  if (!pairs.length) return null
  return html`
    <h3>${title}</h3>
    <dl class="pairs">
      ${pairs.map(
        ([name, value]) => html`<dt>${lineOf(name, 80)}</dt><dd><${LongText} text=${value} first=${500} /></dd>`,
      )}
    </dl>
  `
}

/** @param {{entry: Entry}} props */
function Body({ entry }) {
  if (bodyOf(entry) === null) return null
  const text = typeof entry.body === "string" ? entry.body : writeJson(entry.body, 2)
  return html`<h3>Body</h3><${LongText} text=${text} />`
}
