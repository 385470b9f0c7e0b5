// The form of a record, in a dialog: made from the fields of its kind.

import { signal } from "@preact/signals"
import { html } from "htm/preact"
import { useRef, useState } from "preact/hooks"

import { problemAt } from "../calendar/fields.js"
import { go, toRecord } from "../data/address.js"
import { Refused, Unreachable } from "../data/api.js"
import { writeJson } from "../data/json.js"
import { Dialog } from "../shell/dialogs.js"
import { tell } from "../shell/messages.js"
import { changeRecord, createRecord, readRecord } from "./edits.js"
import { FieldControl } from "./field-control.js"

/** @typedef {import("../data/kinds.js").Kind} Kind */
/** @typedef {import("../data/types.js").Fields} Fields */
/** What is filled in; `id`, `tag` and `had` are of the record that is edited. @typedef {{kind: Kind, id: string | null, tag: string, had: Fields}} Filling */

const filling = signal(/** @type {Filling | null} */ (null))

/** Open the form: of a new record, or of one that is there. @param {Kind} kind @param {string} [id] */
export async function fill(kind, id) {
  if (id === undefined) {
    filling.value = { kind, id: null, tag: "", had: {} }
    return
  }
  try {
    const { record, tag } = await readRecord(kind, id)
    filling.value = { kind, id, tag, had: record }
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error
    tell(error.message, { wrong: true })
  }
}

export function RecordForm() {
  return filling.value && html`<${FormOf} initial=${filling.value} />`
}

/** @param {{initial: Filling}} props */
function FormOf({ initial }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null))
  const [base, setBase] = useState(initial)
  const [now, setNow] = useState(initial.had)
  const [refused, setRefused] = useState(/** @type {{text: string, problems: any}} */ ({ text: "", problems: {} }))
  const { kind, id } = base
  const close = () => form.current?.closest("dialog")?.close()
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault()
    try {
      await save(base, now)
      close()
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error
      const changed = error instanceof Refused && error.status === 412 && id !== null
      if (changed) setBase({ kind, id, ...(await latest(kind, id)) })
      const text = changed ? `The ${kind.name} was changed meanwhile. Save again to apply what you typed on top.` : error.message
      setRefused({ text, problems: error instanceof Refused ? error.details : {} })
    }
  }
  return html`
    <${Dialog} title=${`${id === null ? "New" : "Edit"} ${kind.name}`} class="event-form record-form" onClose=${() => (filling.value = null)}>
      ${refused.text && html`<p class="notice-inside" role="alert">${refused.text}</p>`}
      <form ref=${form} onSubmit=${submit}>
        ${kind.fields.map((field) => html`
          <${FieldControl} key=${field.name} field=${field} value=${now[field.name]} problems=${refused.problems}
            problem=${problemAt(refused.problems, field.name)}
            onChange=${(/** @type {unknown} */ value) => setNow((were) => ({ ...were, [field.name]: value }))} />
        `)}
        <div class="ends">
          <button type="button" onClick=${close}>Cancel</button>
          <button class="primary">${id === null ? "Create" : "Save"}</button>
        </div>
      </form>
    <//>
  `
}

/** @param {Kind} kind @param {string} id */
async function latest(kind, id) {
  const { record, tag } = await readRecord(kind, id)
  return { tag, had: record }
}

/** @param {Filling} base @param {Fields} now */
async function save({ kind, id, tag, had }, now) {
  const names = kind.fields.map(({ name }) => name).filter((name) => writeJson(now[name]) !== writeJson(had[name]))
  const fields = Object.fromEntries(names.map((name) => [name, now[name]]))
  if (id === null) go(toRecord(kind.name, await createRecord(kind, fields)))
  else if (names.length) await changeRecord(kind, id, tag, fields)
}
