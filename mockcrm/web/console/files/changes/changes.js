// The change log.

import { html } from "htm/preact"

export function Changes() {
  return html`<p class="todo">Changes</p>`
}
