// The time axis.

import { html } from "htm/preact"

export function TimeAxis() {
  return html`<p class="todo">TimeAxis</p>`
}
