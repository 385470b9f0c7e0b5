// The verdict and the findings.

import { html } from "htm/preact"

export function Audit() {
  return html`<p class="todo">Audit</p>`
}
