// What a colleague does to events in the CRM. Nobody's edit is overwritten unseen, and each can be taken back.

import { act } from "../data/actions.js"
import { callTagged, Refused, Unreachable } from "../data/api.js"
import { UNTITLED } from "../data/text.js"
import { tell } from "../shell/messages.js"
import { quoted } from "./rows.js"
import { limit } from "./limit.js"
import { note } from "./store.js"
import { tellUndoable } from "./undo.js"

/** @typedef {import("../data/types.js").EventVersion} EventVersion */
/** What a write may set besides the fields, as the actions have it. @typedef {Record<string, unknown>} Modifiers */

/**
 * The version that this page wrote last, by event: what is undone must not have been written by others since.
 *
 * @type {Map<string, number>}
 */
const ours = new Map()
const OURS = "ours"

/** @param {EventVersion} written */
function noteOurs(written) {
  note(written)
  ours.set(written.id, written.version)
}

/** The event was written by someone else since it was shown; `now` is what it is like now. */
export class Conflict extends Error {
  /** @param {EventVersion} now */
  constructor(now) {
    const what = now.deleted ? "deleted meanwhile." : `changed meanwhile: it is version ${now.version} now.`
    super(`${titleOf(now)} was ${what}`)
    this.now = now
  }
}

/** @param {{subject: string | null}} event */
function titleOf(event) {
  return quoted(event.subject?.trim() || UNTITLED)
}

/** @param {string} id */
const pathOf = (id) => `/admin/events/${encodeURIComponent(id)}`

/** Read an event, which is known from then on. @param {string} id */
export async function readEvent(id) {
  const { body, tag } = await callTagged("GET", pathOf(id))
  note(body)
  return { event: /** @type {EventVersion} */ (body), tag }
}

/**
 * Write to an event if it still is the version that was seen. Throws `Conflict` if it is another.
 *
 * @param {"PATCH" | "DELETE"} method @param {string} id @param {number | typeof OURS} version @param {Modifiers} [body]
 * @returns {Promise<{before: EventVersion, after: any}>}
 */
async function write(method, id, version, body) {
  const { event, tag } = await readEvent(id)
  if (event.version !== (version === OURS ? ours.get(id) : version)) throw new Conflict(event)
  try {
    const after = await act(method, pathOf(id), body, { quiet: true, headers: { "If-Match": tag } })
    if (method === "PATCH") noteOurs(after)
    return { before: event, after }
  } catch (error) {
    // Someone was faster, between our reading and our writing.
    if (error instanceof Refused && [404, 410, 412].includes(error.status))
      throw new Conflict((await readEvent(id)).event)
    throw error
  }
}

/**
 * Try something; what is refused is shown.
 *
 * @param {() => Promise<unknown>} does @returns {Promise<boolean>} whether it was done
 */
export async function attempt(does) {
  try {
    await does()
    return true
  } catch (error) {
    if (error instanceof Conflict) tell(`${error.message} It is shown as it is now.`)
    else if (error instanceof Refused || error instanceof Unreachable) tell(error.message, { wrong: true })
    else throw error
    return false
  }
}

/** Create an event. Throws `Refused`. @param {Modifiers} fields @returns {Promise<EventVersion>} */
export async function createEvent(fields) {
  const created = await act("POST", "/admin/events", { ...limit.peek(), ...fields }, { quiet: true })
  noteOurs(created)
  tellUndoable(`${titleOf(created)} created.`, () => attempt(() => write("DELETE", created.id, OURS)))
  return created
}

/**
 * Change some fields of the version that was seen. Throws `Conflict` or `Refused`. `done` says what was done.
 *
 * @param {string} id @param {number} version @param {Modifiers} fields @param {(after: EventVersion) => string} [done]
 */
export async function changeEvent(id, version, fields, done = (after) => `${titleOf(after)} changed.`) {
  const { before, after } = await write("PATCH", id, version, fields)
  const former = Object.fromEntries(Object.entries(before).filter(([name]) => name in fields))
  tellUndoable(done(after), () => attempt(() => write("PATCH", id, OURS, former)))
}

/**
 * Delete the version that was seen. Throws `Conflict` or `Refused`.
 *
 * @param {string} id @param {number} version @param {Modifiers} [modifiers]
 */
export async function deleteEvent(id, version, modifiers) {
  const { before } = await write("DELETE", id, version, modifiers)
  tellUndoable(`${titleOf(before)} deleted.`, () => attempt(() => restore(id)))
}

/** Restore a deleted event. Throws `Refused`. @param {string} id */
export async function restoreEvent(id) {
  const restored = await restore(id)
  tellUndoable(`${titleOf(restored)} restored.`, () => attempt(() => write("DELETE", id, OURS)))
}

/** @param {string} id @returns {Promise<EventVersion>} */
async function restore(id) {
  const restored = await act("POST", `${pathOf(id)}/restore`, undefined, { quiet: true })
  noteOurs(restored)
  return restored
}
