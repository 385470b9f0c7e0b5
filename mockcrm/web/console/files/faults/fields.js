// The fields of a fault rule: its effect with its arguments, the requests it is for, and how often.

import { html } from "htm/preact"

import { clients } from "../data/knowledge.js"
import { schemas } from "../data/schemas.js"
import { SchemaControl } from "../shell/schema-control.js"
import { Sentence } from "../shell/sentence.js"
import { effectsOf, spelledOut } from "./effects.js"

/** @typedef {import("../data/schemas.js").Schema} Schema */
/** @typedef {{rule: import("@preact/signals").Signal<Record<string, any>>, refusals: Map<string, string>}} Props */

const MATCH = ["operation", "client", "page", "kind", "recordId", "eventId", "nth", "every"]
const WHEN = ["times", "skip", "probability", "name"]
const LABELS = /** @type {Record<string, string>} */ ({
  nth: "only the n-th", every: "each n-th",
  times: "times (empty: until cleared)", skip: "skip the first", probability: "chance, 0 to 1",
})

/** Whether the refusal of what stands at this path is shown beside a field. @param {string} path */
export function hasField(path) {
  const [first, second, ...deeper] = path.split(".")
  if (first === "effect") return deeper.length === 1 || second === undefined
  return first === "match" ? MATCH.includes(second) && !deeper.length : WHEN.includes(path)
}

/** @param {Props} props */
export function RuleFields(props) {
  return html`<${What} ...${props} /><${Which} ...${props} /><${HowOften} ...${props} />`
}

/** The effect and its arguments. @param {Props} props */
function What({ rule, refusals }) {
  const effects = effectsOf(schemas() ?? {})
  const { name, given } = spelledOut(rule.value.effect, effects)
  const chosen = effects.get(name)
  /** @param {string} field @param {unknown} value */
  const setArgument = (field, value) => set(rule, "effect", { [name]: emptied({ ...given, [field]: value }) ?? {} })
  return html`
    <fieldset>
      <legend>What happens</legend>
      <${Field} path="effect" label="effect" schema=${{ enum: [...effects.keys()] }} value=${name} refusals=${refusals}
        change=${(/** @type {unknown} */ wanted) => set(rule, "effect", { [String(wanted)]: {} })} required />
      <p class="sentence"><${Sentence} text=${chosen?.schema.description} /></p>
      ${Object.entries(chosen?.schema.properties ?? {}).map(([field, schema]) => html`
        <${Field} key=${`${name}.${field}`} path=${`effect.${name}.${field}`} label=${field} schema=${schema}
          hint=${schema.description} value=${given[field]} refusals=${refusals}
          change=${(/** @type {unknown} */ value) => setArgument(field, value)} />
      `)}
    </fieldset>
  `
}

/** @param {Props} props */
function Which({ rule, refusals }) {
  const { match = {} } = rule.value
  const parts = schemas()?.Matcher.properties ?? {}
  /** @param {string} field @param {unknown} value */
  const setMatch = (field, value) => set(rule, "match", emptied({ ...match, [field]: value }))
  return html`
    <fieldset>
      <legend>To which requests</legend>
      ${MATCH.map((field) => html`
        <${Field} key=${field} path=${`match.${field}`} label=${LABELS[field] ?? field} schema=${simplest(parts[field])}
          value=${match[field]} refusals=${refusals} list=${field === "client" ? "known-clients" : undefined}
          change=${(/** @type {unknown} */ value) => setMatch(field, value)} />
      `)}
      <datalist id="known-clients">
        ${clients.value.map((each) => html`<option value=${each} key=${each}></option>`)}
      </datalist>
    </fieldset>
  `
}

/** @param {Props} props */
function HowOften({ rule, refusals }) {
  const parts = schemas()?.Rule.properties ?? {}
  return html`
    <fieldset>
      <legend>How often</legend>
      ${WHEN.map((field) => html`
        <${Field} key=${field} path=${field} label=${LABELS[field] ?? field} schema=${parts[field]}
          value=${rule.value[field]} refusals=${refusals}
          change=${(/** @type {unknown} */ value) => set(rule, field, value)} />
      `)}
    </fieldset>
  `
}

/**
 * @param {{path: string, label: string, schema: Schema, value: unknown, change: (value: unknown) => void,
 *   hint?: string, refusals: Map<string, string>, list?: string, required?: boolean}} props
 */
function Field({ path, label, schema, value, change, hint, refusals, list, required = false }) {
  const id = `rule-${path}`
  const refusal = refusals.get(path)
  const marks = {
    id, list, "aria-label": label, "aria-invalid": refusal ? "true" : undefined,
    "aria-describedby": [hint && `${id}-hint`, refusal && `${id}-refusal`].filter(Boolean).join(" ") || undefined,
  }
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <span>
        <${SchemaControl} schema=${schema} value=${value} change=${change} marks=${marks} optional=${!required} />
      </span>
      ${hint && html`<span class="hint" id=${`${id}-hint`}><${Sentence} text=${hint} /></span>`}
      ${refusal && html`<span class="refusal" id=${`${id}-refusal`}>${refusal}</span>`}
    </div>
  `
}

/**
 * Of the ways in which a part of a matcher may be written, the first: one word, one text, one number.
 *
 * @param {Schema} [schema] @returns {Schema}
 */
function simplest(schema) {
  return schema?.anyOf?.[0] ?? schema ?? {}
}

/** @param {Props["rule"]} rule @param {string} field @param {unknown} value */
function set(rule, field, value) {
  rule.value = emptied({ ...rule.value, [field]: value }) ?? {}
}

/** An object without what is left out; undefined if nothing is left. @param {Record<string, unknown>} given */
function emptied(given) {
  const left = Object.entries(given).filter(([, value]) => value !== undefined)
  return left.length ? Object.fromEntries(left) : undefined
}
