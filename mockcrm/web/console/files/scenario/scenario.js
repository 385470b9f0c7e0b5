// Scenarios, step by step.

import { html } from "htm/preact"

export function Scenario() {
  return html`<p class="todo">Scenario</p>`
}
