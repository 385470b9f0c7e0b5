// One request in the list.

import { computed } from "@preact/signals"
import { html } from "htm/preact"

import { findings } from "../data/feed.js"
import { lineOf } from "../data/text.js"
import { preciseText } from "../data/time.js"
import { Row } from "../shell/rows.js"
import { RequestDetails } from "./request-details.js"
import { deliveredText, isCutOff, pageText, pathText, queryText, statusOf, tookText } from "./words.js"

/** @typedef {import("../data/types.js").Entry} Entry */

/** The codes of the errors that each request caused, by its number. */
const caused = computed(() => {
  const found = /** @type {Map<number, Set<string>>} */ (new Map())
  for (const { severity, requests, code } of findings.value.values()) {
    const cause = severity === "error" ? requests.at(-1) : undefined
    if (cause !== undefined) found.set(cause, (found.get(cause) ?? new Set()).add(code))
  }
  return found
})

/** @param {{entry: Entry, several: boolean}} props `several`: there are several clients, and each row names its own */
export function RequestRow({ entry, several }) {
  const { number, word, tone } = statusOf(entry)
  const delivered = deliveredText(entry)
  const head = html`
    <span class="number">${entry.number}</span>
    <span class="method">${lineOf(entry.method, 12)}</span>
    <bdi class="path">${pathText(entry.path)}<span class="query">${queryText(entry)}</span></bdi>
    <span class=${`status ${tone}`}>${number && html`<strong>${number}</strong>`} ${word}</span>
  `
  const details = () => html`<${RequestDetails} entry=${entry} />`
  return html`
    <${Row} kind="request" number=${entry.number} class="request" head=${head} details=${details}>
      <time>${preciseText(entry.arrivedAt)}</time>
      ${entry.tookMs !== null && html`<span class="took">${tookText(entry.tookMs)}</span>`}
      ${several && html`<bdi class="asker">${lineOf(entry.client, 32)}</bdi>`}
      ${delivered && html`<span class="delivered">${delivered}</span>`}
      <${Tags} entry=${entry} />
    <//>
  `
}

/** @param {{entry: Entry}} props */
function Tags({ entry }) {
  const { changes, code, faults } = entry
  const page = pageText(entry)
  const committed = changes.length === 1 ? `change ${changes[0]}` : changes.length ? `${changes.length} changes` : ""
  return html`
    ${page && html`<span class="tag">${page}</span>`}
    ${committed && html`<span class="tag">${committed}</span>`}
    ${code && html`<span class="tag error">${lineOf(code, 40)}</span>`}
    ${[...(caused.value.get(entry.number) ?? [])].map(
      (each) => html`<span class="tag error" key=${each}>✕ ${each}</span>`,
    )}
    ${isCutOff(entry) && html`<span class="tag warning">cut off</span>`}
    ${faults.slice(0, 3).map(({ id, name, effect }) => {
      const text = name ? `${effect}: ${lineOf(name, 24)}` : effect
      return html`<span class="tag fault" key=${id}><span aria-hidden="true">⚡</span> ${text}</span>`
    })}
    ${faults.length > 3 && html`<span class="tag fault">${faults.length - 3} more faults</span>`}
  `
}
