// The fields of an event before and after a change, each in words, and whether they differ.

import { differs, valueOf } from "../data/differences.js"
import { writeJson } from "../data/json.js"
import { fullText } from "../data/time.js"
import { utcDayText } from "../data/when.js"

/** @typedef {import("../data/types.js").Change} Change */
/** @typedef {NonNullable<Change["after"]>} ShownEvent */
/** @typedef {{name: string, before: string | null, after: string | null, differs: boolean}} Field */

/** In this order; fields that only some CRMs keep follow. The id never changes. */
const ORDER = [
  "subject", "startTime", "endTime", "allDay", "location", "description", "private", "attendees", "relatedTo",
  "parentId", "lastModifiedAt",
]

/** All fields, as texts; a side is null if there is no event on it. @param {Change} change @returns {Field[]} */
export function fieldsOf({ before, after }) {
  const names = new Set([...ORDER, ...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
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

/** @param {ShownEvent} event @param {string} name @returns {string} */
function textOf(event, name) {
  const value = valueOf(event, name)
  if (value === null || value === undefined) return "none"
  if (name === "startTime" || name === "endTime") return instantText(String(value), event.allDay)
  if (name === "lastModifiedAt") return fullText(String(value))
  if (name === "attendees") return linesOf(event.attendees.map((each) => `${attendeeText(each)}: ${each.status}`))
  if (name === "relatedTo") return linesOf(event.relatedTo.map(linkText))
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

/** @param {ShownEvent["relatedTo"][number]} link */
function linkText({ type, id, name }) {
  return `${type} ${id}${name ? ` (${name})` : ""}`
}
