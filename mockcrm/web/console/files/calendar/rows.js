// What the calendar keeps of an event: a line of it, its texts cut. The whole event is read when it is opened.

import { isOfEvent } from "../data/changed.js"
import { cut, UNTITLED } from "../data/text.js"

/** @typedef {import("../data/types.js").EventVersion} EventVersion */
/** @typedef {import("../data/types.js").Change} Change */
/** @typedef {import("../data/types.js").ShownEvent} EventFields */

/**
 * - `start`, `end`: in milliseconds since the epoch; of an all-day event, midnight UTC of its first day and of the
 *   day after its last
 * - `text`: what a search looks at, in lower case
 *
 * @typedef {{id: string, version: number, title: string, location: string, start: number, end: number, allDay: boolean,
 *   isPrivate: boolean, deleted: boolean, parentId: number | null, calendarId: string, ownerId: string, text: string}} Row
 */

const MOST = { title: 200, location: 120, searched: 600 }

/**
 * A text within a sentence: cut, and so that its direction does not turn what follows.
 *
 * @param {string} text @param {number} [most]
 */
export function quoted(text, most = 60) {
  return `“\u2068${cut(text, most)}\u2069”`
}

/** @param {EventFields} fields @param {number} version @param {boolean} deleted @returns {Row} */
function rowOf(fields, version, deleted) {
  return {
    id: fields.id,
    version,
    title: cut(fields.subject?.trim() || UNTITLED, MOST.title),
    location: cut(fields.location ?? "", MOST.location),
    start: Date.parse(fields.startTime),
    end: Date.parse(fields.endTime),
    allDay: fields.allDay,
    isPrivate: fields.private,
    deleted,
    parentId: fields.parentId,
    calendarId: fields.calendarId ?? "",
    ownerId: fields.ownerId ?? "",
    text: searchedText(fields),
  }
}

/** @param {EventFields} fields */
function searchedText({ subject, location, attendees }) {
  const people = attendees.flatMap((each) => [each.emailAddress, each.userId, each.contactId]).slice(0, 150)
  const texts = [subject, location, people.filter((each) => each !== null).join(" ")]
  return texts.map((each) => (each ?? "").slice(0, MOST.searched).toLowerCase()).join("\n")
}

/** @param {EventVersion} event @returns {Row} */
export function rowOfVersion(event) {
  return rowOf(event, event.version, event.deleted)
}

/** What an event is after a change; null if the change does not say, or is one of another record. @param {Change} change @returns {Row | null} */
export function rowOfChange(change) {
  if (!isOfEvent(change)) return null
  const fields = change.after ?? change.before
  return fields && rowOf(fields, change.version, change.op === "deleted")
}
