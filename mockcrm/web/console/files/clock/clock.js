// The clock of the sandbox.

import { html } from "htm/preact"

export function Clock() {
  return html`<p class="todo">Clock</p>`
}
