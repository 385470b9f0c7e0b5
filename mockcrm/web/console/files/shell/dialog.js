// A dialog with a form in it. A refusal by the server is said in the dialog, which stays open.

import { html } from "htm/preact"
import { useEffect, useRef, useState } from "preact/hooks"

import { Refused, Unreachable } from "../data/api.js"

/**
 * `submit` gets what was entered; when it is done, the dialog closes. `close` is called whenever it has closed.
 *
 * @param {{title: string, action: string, submit: (entered: FormData) => unknown, close: () => void,
 *   children: any}} props
 */
export function FormDialog({ title, action, submit, close, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null))
  const [refusal, setRefusal] = useState("")
  useEffect(() => dialog.current?.showModal(), [])
  /** @param {SubmitEvent} event */
  const enter = async (event) => {
    event.preventDefault()
    try {
      await submit(new FormData(/** @type {HTMLFormElement} */ (event.target)))
      dialog.current?.close()
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error
      setRefusal(error.message)
    }
  }
  return html`
    <dialog ref=${dialog} class="form-dialog" aria-label=${title} onClose=${close}>
      <h2>${title}</h2>
      <form onSubmit=${enter}>
        ${children}
        <p class="refusal" role="alert">${refusal}</p>
        <div class="choices">
          <button type="button" onClick=${() => dialog.current?.close()}>Cancel</button>
          <button class="primary">${action}</button>
        </div>
      </form>
    </dialog>
  `
}
