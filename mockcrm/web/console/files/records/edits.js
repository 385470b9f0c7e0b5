// What a colleague does to records in the CRM. Nobody's edit is overwritten unseen; a deletion can be taken back.

import { act } from "../data/actions.js"
import { callTagged, Refused, Unreachable } from "../data/api.js"
import { tellUndoable } from "../calendar/undo.js"
import { tell } from "../shell/messages.js"
import { nameOfRecord } from "./name.js"
import { note, recordNamed } from "./store.js"

/** @typedef {import("../data/kinds.js").Kind} Kind */
/** @typedef {import("../data/types.js").Fields} Fields */

/** @param {Kind} kind @param {string} id */
const pathOf = (kind, id) => `/admin/${kind.path}/${encodeURIComponent(id)}`

/** @param {Kind} kind @param {string} id */
function titleOf(kind, id) {
  const record = recordNamed(kind.name, id)
  return record ? `“\u2068${nameOfRecord(kind.name, record)}\u2069”` : `${kind.name} ${id}`
}

/** A record as it is now, and the tag that a write of it needs. @param {Kind} kind @param {string} id */
export async function readRecord(kind, id) {
  const { body, tag } = await callTagged("GET", pathOf(kind, id))
  note(kind.name, body)
  return { record: /** @type {Fields} */ (body), tag }
}

/** Throws `Refused`. @param {Kind} kind @param {Fields} fields @returns {Promise<string>} the id */
export async function createRecord(kind, fields) {
  const created = await act("POST", `/admin/${kind.path}`, fields, { quiet: true })
  note(kind.name, created)
  tellUndoable(`${titleOf(kind, created.id)} created.`, () => removeRecord(kind, created.id))
  return created.id
}

/** Change some fields of the version with a tag. Throws `Refused`. @param {Kind} kind @param {string} id @param {string} tag @param {Fields} fields */
export async function changeRecord(kind, id, tag, fields) {
  note(kind.name, await act("PATCH", pathOf(kind, id), fields, { quiet: true, headers: { "If-Match": tag } }))
  tell(`${titleOf(kind, id)} changed.`)
}

/** What is refused is shown. @param {Kind} kind @param {string} id */
export async function removeRecord(kind, id) {
  const title = titleOf(kind, id)
  if (await done(() => act("DELETE", pathOf(kind, id), undefined, { quiet: true }))) {
    tellUndoable(`${title} deleted.`, () => restoreRecord(kind, id))
  }
}

/** What is refused is shown. @param {Kind} kind @param {string} id */
export async function restoreRecord(kind, id) {
  const restored = await done(() => act("POST", `${pathOf(kind, id)}/restore`, undefined, { quiet: true }))
  if (!restored) return
  note(kind.name, restored)
  tellUndoable(`${titleOf(kind, id)} restored.`, () => removeRecord(kind, id))
}

/** @template T @param {() => Promise<T>} does @returns {Promise<T | null>} */
async function done(does) {
  try {
    return await does()
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error
    tell(error.message, { wrong: true })
    return null
  }
}
