// How to connect a client or a calendar program, who has come, and files to take away or put in.

import { html } from "htm/preact"

import { Clients } from "./clients.js"
import { Files } from "./files.js"
import { HowTo } from "./how-to.js"
import { Subscribe } from "./subscribe.js"

export function Connect() {
  return html`
    <div class="connecting">
      <${Clients} />
      <${HowTo} />
      <${Subscribe} />
      <${Files} />
    </div>
  `
}
