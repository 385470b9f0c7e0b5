// A sentence of the documentation: what stands between backticks is code.

import { html } from "htm/preact"

/** @param {{text?: string}} props */
export function Sentence({ text = "" }) {
  return html`${text.split("`").map((part, at) => (at % 2 ? html`<code key=${at}>${part}</code>` : part))}`
}
