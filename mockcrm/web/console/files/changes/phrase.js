// What a change did, in a phrase: `moved by 1 h`, `location: Room A → Room B`, `attendee added`.

import { isOfEvent } from "../data/changed.js"
import { differing, valueOf } from "../data/differences.js"
import { writeJson } from "../data/json.js"
import { spanText } from "../data/spans.js"
import { cut, lineOf } from "../data/text.js"
import { whenText } from "../data/when.js"
import { calendarText } from "../records/name.js"
import { attendeeText } from "./fields.js"

/** @typedef {import("../data/types.js").Change} Change */
/** @typedef {import("../data/types.js").Fields} Fields */
/** @typedef {import("../data/types.js").EventChange} EventChange */
/** @typedef {import("../data/types.js").ShownEvent} ShownEvent */

const MOST_PARTS = 3

/** @param {Change} change */
export function phraseOf(change) {
  const { before, after } = change
  if (before === null || after === null) return isOfEvent(change) ? whenIsIt(change) : ""
  const parts = isOfEvent(change) ? eventParts(change) : differing(change).map((name) => valuesPart(name, before, after))
  if (!parts.length) return `same content, ${change.stamp === before.lastModifiedAt ? "same" : "new"} stamp`
  const more = parts.length - MOST_PARTS
  return [...parts.slice(0, MOST_PARTS), ...(more > 0 ? [`${more} more`] : [])].join("; ")
}

/** @param {EventChange} change */
function whenIsIt({ before, after }) {
  const there = after ?? before
  return there ? timesText(there) : ""
}

/** @param {EventChange} change */
function eventParts(change) {
  const { before, after } = change
  if (before === null || after === null) return []
  const names = new Set(differing(change))
  const parts = [
    ...(names.has("startTime") || names.has("endTime") ? [timesPart(before, after)] : []),
    ...(names.has("attendees") ? attendeeParts(before.attendees, after.attendees) : []),
  ]
  for (const name of names) {
    if (name === "startTime" || name === "endTime" || name === "attendees") continue
    parts.push(FIELD_PARTS[name]?.(after) ?? valuesPart(name, before, after))
  }
  return parts
}

/** What the fields say that are no short text. @type {Record<string, (after: ShownEvent) => string>} */
const FIELD_PARTS = {
  allDay: (after) => (after.allDay ? "all day now" : "no longer all day"),
  private: (after) => (after.private ? "private now" : "no longer private"),
  description: (after) => (after.description ? "description changed" : "description removed"),
  relatedTo: () => "links changed",
  calendarId: (after) => `moved to ${calendarText(after.calendarId ?? "")}`,
}

/** @param {ShownEvent} before @param {ShownEvent} after */
function timesPart(before, after) {
  const start = Date.parse(after.startTime) - Date.parse(before.startTime)
  const end = Date.parse(after.endTime) - Date.parse(before.endTime)
  if (start === end) return `moved by ${start < 0 ? "−" : ""}${spanText(start)}`
  if (start === 0) return `${end > 0 ? "lengthened" : "shortened"} by ${spanText(end)}`
  return `now ${timesText(after)}`
}

/** @param {ShownEvent["attendees"]} before @param {ShownEvent["attendees"]} after */
function attendeeParts(before, after) {
  const [had, has] = [byName(before), byName(after)]
  const added = [...has.keys()].filter((name) => !had.has(name))
  const removed = [...had.keys()].filter((name) => !has.has(name))
  const answered = [...has].filter(([name, status]) => had.has(name) && had.get(name) !== status)
  const parts = [
    ...(added.length ? [attendees(added.length, "added")] : []),
    ...(removed.length ? [attendees(removed.length, "removed")] : []),
    ...(answered.length === 1 ? [`${lineOf(answered[0][0], 40)}: ${answered[0][1]}`] : []),
    ...(answered.length > 1 ? [`${answered.length} attendees answered`] : []),
  ]
  return parts.length ? parts : ["attendees changed"]
}

/** @param {ShownEvent["attendees"]} list */
function byName(list) {
  return new Map(list.map((each) => [attendeeText(each), each.status]))
}

/** @param {number} count @param {string} what */
function attendees(count, what) {
  return count === 1 ? `attendee ${what}` : `${count} attendees ${what}`
}

/** @param {string} name @param {Fields} before @param {Fields} after */
function valuesPart(name, before, after) {
  return `${lineOf(name, 30)}: ${valueText(valueOf(before, name))} → ${valueText(valueOf(after, name))}`
}

/** @param {unknown} value */
function valueText(value) {
  if (value === null || value === undefined || value === "") return "none"
  return lineOf(cut(typeof value === "string" ? value : writeJson(value), 40), 40)
}

/** When an event takes place. @param {ShownEvent} event */
function timesText({ startTime, endTime, allDay }) {
  return whenText({ start: Date.parse(startTime), end: Date.parse(endTime), allDay })
}
