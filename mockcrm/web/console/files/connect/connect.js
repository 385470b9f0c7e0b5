// How to connect a client, who has come, and files to take away or put in.

import { html } from "htm/preact"

import { Clients } from "./clients.js"
import { Files } from "./files.js"
import { HowTo } from "./how-to.js"

export function Connect() {
  return html`
    <div class="connecting">
      <${Clients} />
      <${HowTo} />
      <${Files} />
    </div>
  `
}
