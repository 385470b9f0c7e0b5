// What a change made different in a record, and who made it.

import { requestByNumber } from "./feed.js"
import { writeJson } from "./json.js"

/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").Fields} Fields */

/** @param {Fields | null} record @param {string} name */
export function valueOf(record, name) {
  return record === null ? undefined : record[name]
}

/** @param {Fields | null} before @param {Fields | null} after @param {string} name */
export function differs(before, after, name) {
  return writeJson(valueOf(before, name)) !== writeJson(valueOf(after, name))
}

/** The names of the fields that a change of a living record gave another value, but for its stamp. @param {Change} change */
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
