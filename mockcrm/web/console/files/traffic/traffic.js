// The requests of clients.

import { html } from "htm/preact"

export function Traffic() {
  return html`<p class="todo">Traffic</p>`
}
