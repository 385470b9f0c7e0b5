// The fields of a record before and after a change, each in words, and whether they differ.

import { isOfEvent } from "../data/changed.js"
import { differs, valueOf } from "../data/differences.js"
import { writeJson } from "../data/json.js"
import { fullText } from "../data/time.js"
import { utcDayText } from "../data/when.js"

/** @typedef {import("../data/types.js").Change} Change */
/** @typedef {import("../data/types.js").Fields} Fields */
/** @typedef {import("../data/types.js").ShownEvent} ShownEvent */
/** @typedef {{name: string, before: string | null, after: string | null, differs: boolean}} Field */

/** Of an event in this order; fields that only some CRMs keep follow. The id never changes. */
const ORDER = [
  "subject", "startTime", "endTime", "allDay", "location", "description", "private", "attendees", "relatedTo",
  "parentId", "lastModifiedAt",
]

/** All fields, as texts; a side is null if there is no record on it. @param {Change} change @returns {Field[]} */
export function fieldsOf(change) {
  const { before, after } = change
  const textOf = isOfEvent(change) ? eventText : fieldText
  const names = new Set([...(isOfEvent(change) ? ORDER : []), ...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
  names.delete("id")
  return [...names]
    .filter((name) => (before !== null && name in before) || (after !== null && name in after))
    .map((name) => ({
      name,
      before: before && textOf(before, name),
      after: after && textOf(after, name),
      differs: differs(before, after, name),
    }))
}

/** @param {Fields} fields @param {string} name @returns {string} */
function eventText(fields, name) {
  const event = /** @type {ShownEvent} */ (/** @type {unknown} */ (fields))
  const value = valueOf(fields, name)
  if (name === "startTime" || name === "endTime") return instantText(String(value), event.allDay)
  if (name === "attendees") return linesOf(event.attendees.map((each) => `${attendeeText(each)}: ${each.status}`))
  return fieldText(fields, name)
}

/** @param {Fields} fields @param {string} name @returns {string} */
function fieldText(fields, name) {
  const value = valueOf(fields, name)
  if (value === null || value === undefined) return "none"
  if (name === "lastModifiedAt") return fullText(String(value))
  if (Array.isArray(value)) return linesOf(value.map(memberText))
  if (typeof value === "boolean") return value ? "yes" : "no"
  return typeof value === "string" ? value : writeJson(value)
}

/** @param {string} at @param {boolean} allDay */
function instantText(at, allDay) {
  return allDay ? utcDayText(Date.parse(at)) : fullText(at)
}

/** @param {string[]} lines */
function linesOf(lines) {
  return lines.join("\n") || "none"
}

/** @param {ShownEvent["attendees"][number]} attendee */
export function attendeeText({ emailAddress, userId, contactId }) {
  return emailAddress ?? (userId === null ? `contact ${contactId}` : `user ${userId}`)
}

/** A link, a text, or whatever else stands in a list. @param {unknown} member */
function memberText(member) {
  if (typeof member === "string") return member
  const { type, id, name } = /** @type {Record<string, unknown>} */ (member ?? {})
  if (typeof type !== "string" || typeof id !== "string") return writeJson(member)
  return `${type} ${id}${name ? ` (${name})` : ""}`
}
