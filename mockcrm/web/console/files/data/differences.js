// What a change made different in an event, and who made it.

import { requestByNumber } from "./feed.js"
import { writeJson } from "./json.js"

/** @typedef {import("./types.js").Change} Change */
/** @typedef {NonNullable<Change["after"]>} ShownEvent */

/** @param {ShownEvent | null} event @param {string} name */
export function valueOf(event, name) {
  return event === null ? undefined : /** @type {Record<string, unknown>} */ (event)[name]
}

/** @param {ShownEvent | null} before @param {ShownEvent | null} after @param {string} name */
export function differs(before, after, name) {
  return writeJson(valueOf(before, name)) !== writeJson(valueOf(after, name))
}

/** The names of the fields that a change of a living event gave another value, but for its stamp. @param {Change} change */
export function differing({ before, after }) {
  if (before === null || after === null) return []
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  names.delete("lastModifiedAt")
  return [...names].filter((name) => differs(before, after, name))
}

/** Who made a change: its name, if it has one. @param {Change} change */
export function actorOf({ by, origin, requestId }) {
  if (by !== null) return by
  if (origin === "crm") return "a colleague"
  return requestByNumber.peek().get(Number(requestId))?.client ?? "a client"
}
