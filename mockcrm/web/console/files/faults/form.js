// A form for any fault rule, made from the description of the API. What the form does not have can be written as JSON.

import { useSignal } from "@preact/signals"
import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { Refused, Unreachable } from "../data/api.js"
import { writeJson } from "../data/json.js"
import { schemas } from "../data/schemas.js"
import { tell } from "../shell/messages.js"
import { parse, refusalsByPath } from "../shell/schema-control.js"
import { hasField, RuleFields } from "./fields.js"
import { add, remove } from "./rules.js"

const FIRST = { effect: { status: { status: 503 } }, times: 1 }

/** @param {{read: () => Promise<void>}} props */
export function RuleForm({ read }) {
  const [open, setOpen] = useState(false)
  return html`
    <details class="own-rule" onToggle=${(/** @type {any} */ event) => setOpen(event.target.open)}>
      <summary>A rule of your own</summary>
      ${open && schemas() === null && html`<p class="none">Reading the kinds of rules …</p>`}
      ${open && schemas() !== null && html`<${Form} read=${read} />`}
    </details>
  `
}

/** @param {{read: () => Promise<void>}} props */
function Form({ read }) {
  const rule = useSignal(/** @type {Record<string, any>} */ (FIRST))
  const [asJson, setAsJson] = useState(false)
  const [refusals, setRefusals] = useState(/** @type {Map<string, string>} */ (new Map()))
  /** @param {SubmitEvent} event */
  const enter = async (event) => {
    event.preventDefault()
    if (hasUnreadable(/** @type {HTMLFormElement} */ (event.target))) return
    try {
      const added = await add(rule.value, read, { quiet: true })
      setRefusals(new Map())
      tell(`Rule ${added.id} was added.`, { undo: () => remove(added, read) })
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error
      const known = error instanceof Refused ? refusalsByPath(error.details) : new Map()
      setRefusals(known.size ? known : new Map([["", error.message]]))
    }
  }
  return html`
    <form onSubmit=${enter} noValidate>
      ${asJson ? html`<${AsJson} rule=${rule} />` : html`<${RuleFields} rule=${rule} refusals=${refusals} />`}
      <${Refusals} refusals=${refusals} beside=${!asJson} />
      <div class="choices">
        <button type="button" class="quiet" onClick=${() => setAsJson(!asJson)}>
          ${asJson ? "As a form" : "As JSON"}
        </button>
        <button class="primary">Add the rule</button>
      </div>
    </form>
  `
}

/** Whether a field holds what is no value at all; it says so. @param {HTMLFormElement} form */
function hasUnreadable(form) {
  const fields = /** @type {HTMLInputElement[]} */ ([...form.elements])
  const unreadable = fields.find(({ validity }) => validity?.customError || validity?.badInput)
  return unreadable !== undefined && !unreadable.reportValidity()
}

/** @param {{rule: import("@preact/signals").Signal<Record<string, any>>}} props */
function AsJson({ rule }) {
  const [text, setText] = useState(writeJson(rule.peek(), 2))
  /** @param {Event} event */
  const type = (event) => {
    const field = /** @type {HTMLTextAreaElement} */ (event.target)
    setText(field.value)
    const value = parse(field.value)?.value
    const isObject = typeof value === "object" && value !== null
    field.setCustomValidity(isObject ? "" : "This is not a JSON object.")
    if (isObject) rule.value = value
  }
  return html`
    <label class="json">The rule as JSON
      <textarea rows="10" spellcheck=${false} value=${text} onInput=${type}></textarea>
    </label>
  `
}

/** The refusals that no field shows. @param {{refusals: Map<string, string>, beside: boolean}} props */
function Refusals({ refusals, beside }) {
  const left = [...refusals].filter(([path]) => !beside || !hasField(path))
  return html`
    <div role="alert">
      ${left.map(
        ([path, text]) => html`<p class="refusal" key=${path}>${path && `${path}: `}${text.slice(0, 300)}</p>`,
      )}
    </div>
  `
}
