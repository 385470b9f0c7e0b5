// The dialect.

import { html } from "htm/preact"

export function Dialect() {
  return html`<p class="todo">Dialect</p>`
}
