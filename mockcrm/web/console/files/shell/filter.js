// A field that filters the rows of a panel. What it says stands in the address; chips write words into it.

import { html } from "htm/preact"

import { address, go } from "../data/address.js"
import { Empty, Link } from "./parts.js"

/**
 * The words of a filter. `is` has the names behind `is:`, `client` the names behind `client:`, and `texts` the rest, in
 * lower case.
 *
 * @typedef {{is: string[], client: string[], texts: string[]}} Filter
 */

const WORD = /(?:(is|client):)?(?:"((?:[^"\\]|\\.)*)"|(\S+))/g
const LONGEST = 500

/** @param {string} text @returns {Filter} */
export function filterOf(text) {
  const found = /** @type {Filter} */ ({ is: [], client: [], texts: [] })
  for (const [, kind, quoted, bare] of text.slice(0, LONGEST).matchAll(WORD)) {
    const word = quoted === undefined ? bare : quoted.replace(/\\(.)/g, "$1")
    if (kind === "is") found.is.push(word)
    else if (kind === "client") found.client.push(word)
    else found.texts.push(word.toLowerCase())
  }
  return found
}

/** The filter that has a word more, or less if it has it. @param {string} text @param {string} word */
function toggled(text, word) {
  const words = [...text.matchAll(WORD)].map(([whole]) => whole)
  return (words.includes(word) ? words.filter((each) => each !== word) : [...words, word]).join(" ")
}

/** @param {string} filter */
function show(filter) {
  go({ filter, open: "" }, { replace: true })
}

/** @param {{label: string, chips: string[], clients: string[], children?: any}} props `children` stand at its end */
export function FilterBar({ label, chips, clients, children }) {
  const text = address.value.filter
  const has = filterOf(text)
  return html`
    <div class="filter" role="search" aria-label=${label}>
      <input
        type="search" aria-label=${label} placeholder="Filter" value=${text} maxlength=${LONGEST} spellcheck=${false}
        onInput=${(/** @type {Event} */ event) => show(/** @type {HTMLInputElement} */ (event.target).value)}
      />
      ${chips.map((name) => {
        const toggle = () => show(toggled(text, `is:${name}`))
        return html`<button key=${name} aria-pressed=${has.is.includes(name)} onClick=${toggle}>${name}</button>`
      })}
      ${clients.length > 1 && html`<${ClientChoice} clients=${clients} chosen=${has.client[0] ?? ""} />`}
      ${children}
    </div>
  `
}

/** @param {{clients: string[], chosen: string}} props */
function ClientChoice({ clients, chosen }) {
  /** @param {Event} event */
  const choose = (event) => {
    const client = /** @type {HTMLSelectElement} */ (event.target).value
    const words = [...address.value.filter.matchAll(WORD)]
    const rest = words.filter(([, kind]) => kind !== "client").map(([whole]) => whole)
    show([...rest, ...(client ? [`client:${quoted(client)}`] : [])].join(" "))
  }
  const listed = chosen === "" || clients.includes(chosen) ? clients : [...clients, chosen]
  return html`
    <select aria-label="Client" value=${chosen} onChange=${choose}>
      <option value="">all clients</option>
      ${listed.map((each) => html`<option value=${each} key=${each}>${each.slice(0, 60)}</option>`)}
    </select>
  `
}

/** @param {string} text */
function quoted(text) {
  return /^[^\s"\\]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`
}

/** What a list shows if the filter leaves nothing of it; `word` is what its rows are. @param {{word: string}} props */
export function NoMatch({ word }) {
  return html`
    <${Empty} heading=${`No ${word} matches the filter`}>
      <p><${Link} to=${{ filter: "" }}>Show all ${word}s<//></p>
    <//>
  `
}
