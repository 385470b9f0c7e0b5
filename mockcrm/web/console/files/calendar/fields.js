// Fields of the form: each with its label, and with what the server says of it beside it.

import { html } from "htm/preact"
import { useId, useState } from "preact/hooks"

import { cut } from "../data/text.js"
import { counted } from "../shell/parts.js"

/**
 * What the server said, by field: sentences, or the same again for what is inside.
 *
 * @typedef {{[name: string]: string[] | Problems}} Problems
 */

/** A text longer than this is shown cut, and left as it is unless its whole is asked for. */
const MOST_TYPED = 5000

/**
 * The sentences about a field, in one.
 *
 * @param {Problems | string[] | undefined} problems @param {...string | number} path
 */
export function problemAt(problems, ...path) {
  /** @type {any} */
  let found = problems
  for (const step of path) found = found?.[step]
  return Array.isArray(found) ? found.join(" ") : ""
}

/**
 * @param {{label: string, value: string, onChange: (value: string) => void, type?: string, problem?: string,
 *   hint?: string, lines?: number, class?: string}} props
 */
export function Field({
  label,
  value,
  onChange,
  type = "text",
  problem = "",
  hint = "",
  lines = 0,
  class: className = "",
}) {
  const id = useId()
  const [whole, setWhole] = useState(value.length <= MOST_TYPED)
  const all = counted(value.length, "character")
  const shared = {
    id,
    "aria-invalid": Boolean(problem),
    "aria-describedby": problem || hint ? `${id}-more` : undefined,
    value: whole ? value : cut(value, MOST_TYPED),
    readOnly: !whole,
    onInput: (/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.target).value),
  }
  return html`
    <div class=${`field ${className}`}>
      <label for=${id}>${label}</label>
      ${lines > 0 && html`<textarea rows=${lines} ...${shared}></textarea>`}
      ${lines === 0 && html`<input type=${type} step="any" autocomplete="off" ...${shared} />`}
      ${whole || html`<button type="button" onClick=${() => setWhole(true)}>Edit all ${all}</button>`}
      ${(problem || hint) && html`<p id=${`${id}-more`} class=${problem ? "problem" : "hint"}>${problem || hint}</p>`}
    </div>
  `
}

/** @param {{label: string, checked: boolean, onChange: (checked: boolean) => void}} props */
export function Check({ label, checked, onChange }) {
  /** @param {Event} event */
  const change = (event) => onChange(/** @type {HTMLInputElement} */ (event.target).checked)
  return html`
    <label class="check">
      <input type="checkbox" checked=${checked} onChange=${change} />
      ${label}
    </label>
  `
}

/**
 * @param {{label: string, value: string, choices: string[], onChange: (value: string) => void, problem?: string}} props
 */
export function Choice({ label, value, choices, onChange, problem = "" }) {
  /** @param {Event} event */
  const choose = (event) => onChange(/** @type {HTMLSelectElement} */ (event.target).value)
  const id = useId()
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <select id=${id} value=${value} onChange=${choose}>
        ${choices.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
      </select>
      ${problem && html`<p class="problem">${problem}</p>`}
    </div>
  `
}
