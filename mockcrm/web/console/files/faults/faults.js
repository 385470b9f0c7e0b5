// Fault rules.

import { html } from "htm/preact"

export function Faults() {
  return html`<p class="todo">Faults</p>`
}
