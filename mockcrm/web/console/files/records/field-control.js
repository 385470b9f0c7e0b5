// One field of the form of a record, by its type.

import { html } from "htm/preact"
import { useId } from "preact/hooks"

import { Check, Choice, Field } from "../calendar/fields.js"
import { RelatedLinks } from "../calendar/lists.js"
import { kindNamed, wordsOf } from "../data/kinds.js"
import { nameOfRecord } from "./name.js"
import { recordsOf, useKind } from "./store.js"

/** @typedef {import("../data/kinds.js").KindField} KindField */
/**
 * @typedef {{field: KindField, value: unknown, problem: string, problems: any,
 *   onChange: (value: unknown) => void}} ControlProps
 */

const MOST_OFFERED = 500
const LONG = 80

/** @param {ControlProps} props */
export function FieldControl({ field, value, problem, problems, onChange }) {
  const schema = /** @type {import("../data/schemas.js").Schema} */ (field.schema)
  const types = [schema.type].flat()
  const label = `${wordsOf(field)}${field.required ? " (required)" : ""}`
  const shared = { label, problem }
  if (schema.enum) {
    const choices = schema.enum.map(String)
    return html`<${Choice} ...${shared} choices=${choices} value=${String(value ?? choices[0])} onChange=${onChange} />`
  }
  if (types.includes("boolean")) return html`<${Check} label=${label} checked=${Boolean(value)} onChange=${onChange} />`
  if (types.includes("array")) return html`<${Many} ...${shared} field=${field} value=${value} problems=${problems} onChange=${onChange} />`
  if (types.includes("number") || types.includes("integer")) {
    const change = (/** @type {string} */ text) => onChange(text === "" ? null : Number(text))
    return html`<${Field} ...${shared} type="number" value=${String(value ?? "")} onChange=${change} />`
  }
  const text = String(value ?? "")
  const change = (/** @type {string} */ typed) => onChange(typed === "" && !field.required ? null : typed)
  if (field.targets.length === 1) return html`<${LinkField} ...${shared} target=${field.targets[0]} value=${text} onChange=${change} />`
  return html`<${Field} ...${shared} value=${text} lines=${text.length > LONG || text.includes("\n") ? 4 : 0} onChange=${change} />`
}

/** A list: of links, or of texts, one in a line. @param {ControlProps & {label: string}} props */
function Many({ field, value, label, problem, problems, onChange }) {
  const members = /** @type {any[]} */ (value ?? [])
  if (field.targets.length > 1) {
    const links = members.map(({ type, id, name }) => ({ type, id, name: name ?? "" }))
    const change = (/** @type {any[]} */ now) => onChange(now.map((each) => ({ ...each, name: each.name || null })))
    return html`<${RelatedLinks} links=${links} onChange=${change} problems=${problems} />`
  }
  const change = (/** @type {string} */ text) => onChange(text === "" ? [] : text.split("\n"))
  const hint = field.targets.length ? `Ids of ${kindNamed(field.targets[0])?.path}, one in a line.` : "One in a line."
  return html`<${Field} label=${label} lines=${2} value=${members.join("\n")} hint=${hint} problem=${problem} onChange=${change} />`
}

/** The id of another record, with the records that there are to choose from. @param {{label: string, target: string, value: string, problem: string, onChange: (value: string) => void}} props */
function LinkField({ label, target, value, problem, onChange }) {
  const id = useId()
  const kind = kindNamed(target)
  useKind(kind)
  const all = recordsOf(target)
  const living = all.filter((each) => !each.deleted).slice(0, MOST_OFFERED)
  const chosen = all.find((each) => each.id === value)
  const hint = value === "" ? "" : chosen ? nameOfRecord(target, chosen) : `No ${target} has this id.`
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <input
        id=${id} list=${`${id}-all`} autocomplete="off" value=${value} placeholder=${`Id of ${/^[aeiou]/.test(target) ? "an" : "a"} ${target}`}
        aria-invalid=${Boolean(problem)} aria-describedby=${`${id}-more`}
        onInput=${(/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.target).value)}
      />
      <datalist id=${`${id}-all`}>
        ${living.map((each) => html`<option key=${each.id} value=${each.id}>${nameOfRecord(target, each)}</option>`)}
      </datalist>
      <p id=${`${id}-more`} class=${problem ? "problem" : "hint"}>${problem || hint}</p>
    </div>
  `
}
