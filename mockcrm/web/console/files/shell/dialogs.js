// Dialogs: a form, or a question before something is lost.

import { html } from "htm/preact"
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks"

import { Refused, Unreachable } from "../data/api.js"

/**
 * A dialog in front of the page, until it is closed. Its contents may close it with a form of the method `dialog`.
 *
 * @param {{title: string, onClose: () => void, children: any, class?: string}} props
 */
export function Dialog({ title, onClose, children, class: className = "" }) {
  const place = useRef(/** @type {HTMLDialogElement | null} */ (null))
  const id = useId()
  // At once: a key pressed before would go to the page behind it.
  useLayoutEffect(() => place.current?.showModal(), [])
  return html`
    <dialog ref=${place} class=${className} aria-labelledby=${id} onClose=${onClose}>
      <h2 id=${id}>${title}</h2>
      ${children}
    </dialog>
  `
}

/**
 * The form of a dialog: what is wrong stands below its fields, and the dialog stays open until `does` has succeeded;
 * if that returns false, it is the caller's to close.
 *
 * @param {{verb: string, does: (form: FormData) => Promise<unknown>, danger?: boolean, children?: any}} props
 */
export function DialogForm({ verb, does, danger = false, children }) {
  const place = useRef(/** @type {HTMLFormElement | null} */ (null))
  const [state, setState] = useState({ wrong: "", busy: false })
  const close = () => place.current?.closest("dialog")?.close()
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault()
    if (state.busy) return
    setState({ wrong: "", busy: true })
    try {
      if ((await does(new FormData(/** @type {HTMLFormElement} */ (event.target)))) !== false) close()
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error
      setState({ wrong: explained(error), busy: false })
    }
  }
  return html`
    <form class="fields" ref=${place} onSubmit=${submit}>
      ${children}
      <p class="problem" role="alert">${state.wrong}</p>
      <div class="buttons">
        <button type="button" onClick=${close}>Cancel</button>
        <button class=${danger ? "danger" : "primary"} aria-disabled=${state.busy}>${verb}</button>
      </div>
    </form>
  `
}

/** A refusal, with the fields that it names. @param {Refused | Unreachable} error */
function explained(error) {
  const { message } = error
  if (error instanceof Refused && error.code === "scenario.invalid" && error.details.problems) return mistakesIn(error)
  const fields = Object.entries(error instanceof Refused ? error.details : {}).filter(([, texts]) => Array.isArray(texts))
  return [message, ...fields.map(([name, texts]) => `${name}: ${texts.join(" ")}`)].join("\n").slice(0, 2000)
}

/** The mistakes in a fixture file: those in JSON have no lines. @param {Refused} error */
function mistakesIn({ details }) {
  /** @type {{line: number, field: string, message: string}[]} */
  const problems = details.problems
  const lines = problems.some(({ line }) => line > 1)
  const texts = problems.map(({ line, field, message }) => {
    const place = [lines ? `Line ${line}` : "", field].filter(Boolean).join(", ")
    return place ? `${place}: ${message}` : message
  })
  return [...texts, ...(details["…"] ?? [])].join("\n").slice(0, 2000)
}
