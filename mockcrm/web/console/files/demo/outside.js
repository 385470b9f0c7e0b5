// A client that syncs from outside: its addresses, and what is asked of it.

import { html } from "htm/preact"

import { HowTo } from "../connect/how-to.js"
import { ROOT } from "../data/api.js"
import { mailboxName } from "../data/demo.js"
import { Code } from "../shell/parts.js"

export function Outside() {
  const mailbox = new URL(`sandboxes/${encodeURIComponent(mailboxName.value)}/api/v1`, ROOT).href
  return html`
    <div class="outside connecting">
      <${HowTo} />
      <section>
        <h2>The mailbox</h2>
        <p>The calendar at the right has the same API, at an address of its own. Your client may use it, or one of yours.</p>
        <${Code} text=${mailbox} label="Copy address" />
      </section>
    </div>
  `
}
