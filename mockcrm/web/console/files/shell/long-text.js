// A long text in a box: its beginning, and the rest on demand.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { blockOf } from "../data/text.js"

/** How much of a long text is shown at first. */
export const AT_FIRST = 2000
const AT_MOST = 200000

/** @param {{text: string, first?: number}} props */
export function LongText({ text, first = AT_FIRST }) {
  const [whole, setWhole] = useState(false)
  return html`
    <pre class="long-text">${blockOf(text, whole ? AT_MOST : first)}</pre>
    ${text.length > first && !whole && html`<p class="cut-note"><${ShowAll} length=${text.length} onShow=${() => setWhole(true)} /></p>`}
    ${text.length > AT_MOST && whole && html`
      <p class="cut-note">The first ${thousands(AT_MOST)} of ${thousands(text.length)} characters.</p>
    `}
  `
}

/** @param {{length: number, onShow: () => void}} props */
export function ShowAll({ length, onShow }) {
  return html`<button onClick=${onShow}>Show all (${thousands(length)} characters)</button>`
}

/** @param {number} count */
function thousands(count) {
  return count.toLocaleString("en")
}
