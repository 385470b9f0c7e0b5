// Questions before what a sandbox holds is lost: by a reset, or because it is deleted.

import { html } from "htm/preact"

import { hashOfView } from "../data/address.js"
import { call, pageOf, SANDBOX } from "../data/api.js"
import { audit, changes, requests } from "../data/feed.js"
import { Dialog, DialogForm } from "./dialogs.js"
import { beginAnew } from "./notices.js"
import { counted } from "./parts.js"

/** What is lost, with numbers. */
export function losses() {
  const last = changes.value.at(-1)?.seq ?? 0
  const asked = requests.value.at(-1)?.number ?? 0
  const clients = audit.value?.clients.length ?? 0
  return `${counted(last, "change")}, ${counted(asked, "request")} of ${counted(clients, "client")}, and what the audit found`
}

/** @param {{onClose: () => void}} props */
export function ResetSandbox({ onClose }) {
  /** @param {FormData} form */
  const reset = async (form) => {
    const empty = form.get("to") === "empty"
    const done = empty ? `${SANDBOX} is empty now.` : `${SANDBOX} is back at its start.`
    await beginAnew(done, () => call("POST", "/admin/reset", empty ? { to: "empty" } : {}))
  }
  return html`
    <${Dialog} title=${`Reset ${SANDBOX}?`} onClose=${onClose} class="sandbox-form">
      <p>This is lost: ${losses()}. Dialect, fault rules and clock start again, and page tokens no longer work. There is no undo.</p>
      <${DialogForm} verb="Reset" danger does=${reset}>
        <fieldset>
          <legend>It goes back</legend>
          <label class="choice"><input type="radio" name="to" value="start" defaultChecked /> to its start, as it was loaded or forked</label>
          <label class="choice"><input type="radio" name="to" value="empty" /> to nothing: no events, a running clock</label>
        </fieldset>
      <//>
    <//>
  `
}

/** @param {{onClose: () => void}} props */
export function DeleteSandbox({ onClose }) {
  const remove = async () => {
    await call("DELETE", `/admin/sandboxes/${encodeURIComponent(SANDBOX)}`)
    location.assign(pageOf("default", hashOfView()))
  }
  return html`
    <${Dialog} title=${`Delete ${SANDBOX}?`} onClose=${onClose} class="sandbox-form">
      <p>All of it is lost: its events, ${losses()}. Its clients then get a 404. There is no undo.</p>
      <${DialogForm} verb="Delete" danger does=${remove} />
    <//>
  `
}
