// How to connect a client, and files to take away.

import { html } from "htm/preact"

export function Connect() {
  return html`<p class="todo">Connect</p>`
}
