// A bundle is opened: it is replayed in a new sandbox, where one looks at what happened.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { hashFor } from "../data/address.js"
import { call, pageOf } from "../data/api.js"
import { Dialog, DialogForm } from "../shell/dialogs.js"
import { SandboxName } from "../shell/sandbox-new.js"

/** @typedef {import("../data/types.js").Replayed} Replayed */

/** @param {{file: File, of: string, onClose: () => void}} props `of` is the sandbox in which it was saved */
export function OpenBundle({ file, of, onClose }) {
  const [opened, setOpened] = useState(/** @type {Replayed | null} */ (null))
  if (opened) return html`<${Differences} opened=${opened} onClose=${onClose} />`
  /** @param {FormData} form */
  const open = async (form) => {
    const name = encodeURIComponent(String(form.get("name")))
    /** @type {Replayed} */
    const answer = await call("PUT", `/admin/sandboxes/${name}/replay`, file)
    if (answer.differences.length === 0) return lookAt(answer)
    setOpened(answer)
    return false
  }
  return html`
    <${Dialog} title="Open this bundle?" onClose=${onClose} class="sandbox-form">
      <p>
        What happened is replayed in a new sandbox, with its requests, changes and audit, whose clock stands still at the
        end. What is here stays as it is.
      </p>
      <${DialogForm} verb="Open" does=${open}><${SandboxName} usual=${`${of}-replay`} /><//>
    <//>
  `
}

/** @param {Replayed} opened */
function lookAt({ sandbox }) {
  location.assign(pageOf(sandbox.name, hashFor({ panel: "audit" })))
}

/** @param {{opened: Replayed, onClose: () => void}} props */
function Differences({ opened, onClose }) {
  const { sandbox, same, differences, differencesLeftOut } = opened
  return html`
    <${Dialog} title="It went otherwise this time" onClose=${onClose} class="sandbox-form">
      <p>
        The bundle has been replayed in <bdi>${sandbox.name}</bdi>, and the audit comes to ${same ? "the same" : "another"} verdict:
      </p>
      <ul class="differences">${differences.map((each) => html`<li>${each}</li>`)}</ul>
      ${differencesLeftOut > 0 && html`<p>And ${differencesLeftOut} more.</p>`}
      <form method="dialog" class="buttons">
        <button>Close</button>
        <button class="primary" onClick=${() => lookAt(opened)}>Look at it</button>
      </form>
    <//>
  `
}
