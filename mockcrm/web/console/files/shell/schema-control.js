// A control that fits a JSON Schema: a choice, boxes to tick, a number, a text, or JSON.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { parseJson, writeJson } from "../data/json.js"

/** @typedef {import("../data/schemas.js").Schema} Schema */

/**
 * `value` is the JSON value, and undefined if it is left out. `change` gets the new one when it is entered. An empty
 * field stands for `empty`: null, or undefined for what is left out. `marks` are the attributes that tie the control to
 * its label, its hint and its error.
 *
 * @typedef {{schema: Schema, value: unknown, change: (value: unknown) => void, empty?: null | undefined,
 *   marks: Record<string, string | undefined>}} ControlProps
 */

/** How many choices, and how many letters of them, stand side by side. */
const SIDE_BY_SIDE = { choices: 3, letters: 18 }

/** @param {ControlProps & {optional?: boolean}} props */
export function SchemaControl({ optional = false, ...props }) {
  const types = [props.schema.type].flat()
  if (props.schema.enum && !optional && isShort(props.schema.enum)) return html`<${Radios} ...${props} />`
  if (props.schema.enum) return html`<${Select} ...${props} optional=${optional} />`
  if (props.schema.items?.enum) return html`<${Boxes} ...${props} />`
  if (types.includes("integer") || types.includes("number")) return html`<${NumberField} ...${props} />`
  if (types.includes("string")) return html`<${TextField} ...${props} />`
  return html`<${JsonField} ...${props} />`
}

/** @param {unknown[]} choices */
function isShort(choices) {
  return choices.length <= SIDE_BY_SIDE.choices && choices.join("").length <= SIDE_BY_SIDE.letters
}

/** @param {Event} event */
function textOf(event) {
  return /** @type {HTMLInputElement} */ (event.target).value
}

/** @param {ControlProps} props */
function Radios({ schema, value, change, marks: { id, ...marks } }) {
  return html`
    <span class="segments" role="radiogroup" ...${marks}>
      ${schema.enum?.map(
        (each) => html`
          <label key=${each}>
            <input type="radio" name=${id} checked=${each === value} onChange=${() => change(each)} />
            <span>${each}</span>
          </label>
        `,
      )}
    </span>
  `
}

/** @param {ControlProps & {optional: boolean}} props */
function Select({ schema, value, change, optional, marks }) {
  const choices = schema.enum ?? []
  /** @param {Event} event */
  const choose = (event) => change(choices.find((each) => String(each) === textOf(event)))
  return html`
    <select ...${marks} value=${value === undefined ? "" : String(value)} onChange=${choose}>
      ${optional && html`<option value=""></option>`}
      ${choices.map((each) => html`<option value=${String(each)} key=${each}>${each}</option>`)}
    </select>
  `
}

/** @param {ControlProps} props */
function Boxes({ schema, value, change, marks: { id, ...marks } }) {
  const ticked = /** @type {unknown[]} */ (value ?? [])
  /** @param {unknown} word */
  const toggle = (word) => change(ticked.includes(word) ? ticked.filter((each) => each !== word) : [...ticked, word])
  return html`
    <span class="boxes" role="group" ...${marks}>
      ${schema.items?.enum?.map(
        (each) => html`
          <label key=${each}>
            <input type="checkbox" checked=${ticked.includes(each)} onChange=${() => toggle(each)} />${each}
          </label>
        `,
      )}
    </span>
  `
}

/** @param {ControlProps} props */
function NumberField({ schema, value, change, empty, marks }) {
  const whole = [schema.type].flat().includes("integer")
  const most = Number.isSafeInteger(schema.maximum) ? schema.maximum : undefined
  const draft = useDraft(value === undefined || value === null ? "" : String(value), (field) => {
    if (!field.validity.badInput) change(field.value === "" ? empty : Number(field.value))
  })
  const step = whole ? 1 : "any"
  return html`<input ...${marks} ...${draft} type="number" step=${step} min=${schema.minimum} max=${most} />`
}

/** @param {ControlProps} props */
function TextField({ value, change, empty, marks }) {
  const draft = useDraft(String(value ?? ""), (field) => change(field.value || empty))
  return html`<input ...${marks} ...${draft} type="text" autocomplete="off" spellcheck=${false} />`
}

/** @param {ControlProps} props */
function JsonField({ value, change, empty, marks }) {
  const [wrong, setWrong] = useState(false)
  const draft = useDraft(value === undefined ? "" : writeJson(value), (field) => {
    const parsed = parse(field.value)
    field.setCustomValidity(parsed === null ? "This is not JSON." : "")
    setWrong(parsed === null)
    if (parsed !== null) change(field.value.trim() === "" ? empty : parsed.value)
  })
  return html`
    <textarea ...${marks} ...${draft} rows="2" spellcheck=${false}></textarea>
    ${wrong && html`<span class="refusal" role="alert">This is not JSON.</span>`}
  `
}

/** The value of a JSON text; null if it is none. An empty text has the value undefined. @param {string} text */
export function parse(text) {
  try {
    return { value: text.trim() === "" ? undefined : parseJson(text) }
  } catch {
    return null
  }
}

/**
 * Properties of a field that keeps what is typed until it is entered, whatever is drawn anew meanwhile. When the given
 * text changes, it shows that.
 *
 * @param {string} given @param {(field: HTMLInputElement) => void} enter
 */
function useDraft(given, enter) {
  const [text, setText] = useState(given)
  useEffect(() => setText(given), [given])
  return {
    value: text,
    onInput: (/** @type {Event} */ event) => setText(/** @type {HTMLInputElement} */ (event.target).value),
    onChange: (/** @type {Event} */ event) => enter(/** @type {HTMLInputElement} */ (event.target)),
  }
}

/**
 * The sentences of a refusal by the path of the field that each is about: `effect.delay.by`.
 *
 * @param {unknown} details @param {string} [path] @returns {Map<string, string>}
 */
export function refusalsByPath(details, path = "") {
  if (Array.isArray(details)) return new Map([[path, details.join(" ")]])
  if (typeof details !== "object" || details === null) return new Map(details == null ? [] : [[path, String(details)]])
  const found = Object.entries(details).flatMap(([name, inner]) => [
    ...refusalsByPath(inner, path ? `${path}.${name}` : name),
  ])
  return new Map(found)
}
