// One knob: what it does, and a control that fits it. A refusal stands beside it.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { act } from "../data/actions.js"
import { Refused, Unreachable } from "../data/api.js"
import { schemas } from "../data/schemas.js"
import { SchemaControl } from "../shell/schema-control.js"
import { Sentence } from "../shell/sentence.js"
import { same } from "./groups.js"

/** @param {unknown} value */
export function valueText(value) {
  if (Array.isArray(value)) return value.join(", ") || "none"
  return value === null ? "none" : String(value)
}

/** @param {{knob: import("../data/types.js").Knob, value: unknown, read: () => Promise<void>}} props */
export function KnobRow({ knob, value, read }) {
  const [refusal, setRefusal] = useState("")
  const [drafts, setDrafts] = useState(0)
  const { name } = knob
  const hint = typeof knob.values === "string" && !Array.isArray(knob.default) ? knob.values : ""
  const differs = !same(value, knob.default)
  /** @param {unknown} wanted */
  const set = async (wanted) => {
    const refused = await change(name, wanted, value, read)
    setRefusal(refused)
    if (!refused) setDrafts(drafts + 1)
  }
  const marks = {
    id: `knob-${name}`, "aria-label": name, "aria-invalid": refusal ? "true" : undefined,
    "aria-describedby": `knob-${name}-sentence${refusal ? ` knob-${name}-refusal` : ""}`,
  }
  return html`
    <div class=${`knob ${differs ? "differs" : ""}`} data-row tabindex="-1">
      <div class="knob-what">
        <code class="knob-name">${name}</code>
        <span id=${`knob-${name}-sentence`}><${Sentence} text=${knob.sentence} /></span>
        ${knob.hazards.length > 0 && html`<span class="hazards">can cause ${knob.hazards.join(", ")}</span>`}
      </div>
      <div class="knob-set">
        <${SchemaControl} key=${drafts} schema=${schemas()?.ShownDialect.properties?.[name] ?? {}} value=${value}
          change=${set} empty=${null} marks=${marks} />
        ${refusal && html`<span class="refusal" id=${`knob-${name}-refusal`} role="alert">${refusal}</span>`}
        ${hint && html`<span class="hint">${hint}</span>`}
        ${(differs || refusal) &&
        html`<button class="quiet back" onClick=${() => set(knob.default)}>
          ↺ Back to the default: ${valueText(knob.default)}
        </button>`}
      </div>
    </div>
  `
}

/**
 * Set a knob; it can be undone. The sentence of the refusal, empty if it is set.
 *
 * @param {string} name @param {unknown} wanted @param {unknown} had @param {() => Promise<void>} read
 */
async function change(name, wanted, had, read) {
  if (same(wanted, had)) return ""
  const undo = async () => {
    await act("PATCH", "/admin/dialect", { [name]: had }, { done: `${name} is ${valueText(had)} again.` })
    await read()
  }
  const done = `${name}: ${valueText(wanted)}`
  try {
    await act("PATCH", "/admin/dialect", { [name]: wanted }, { done, undo, quiet: true })
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error
    const details = error instanceof Refused ? error.details[name] : undefined
    return Array.isArray(details) ? details.join(" ") : error.message
  }
  await read()
  return ""
}
