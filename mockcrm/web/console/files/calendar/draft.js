// What the form of an event holds, as people type it; and what of it the CRM is sent.

import { writeJson } from "../data/json.js"
import { zone } from "../data/time.js"
import { instantOf, wallOf } from "../data/walltime.js"

/** @typedef {import("../data/types.js").EventVersion} EventVersion */
/** @typedef {{userId: string, emailAddress: string, contactId: string, status: string}} Attendee */
/** @typedef {{type: string, id: string, name: string}} RelatedLink */

/**
 * - `start`, `end`: a date and a time of the wall clock in the zone chosen; of an all-day event its first and last day
 * - `visibleAfter`, `stamp`, `by`, `keepStamp`: how the change itself is made
 *
 * @typedef {{subject: string, description: string, location: string, allDay: boolean, start: string, end: string,
 *   isPrivate: boolean, attendees: Attendee[], parentId: string, relatedTo: RelatedLink[],
 *   visibleAfter: string, stamp: string, by: string, keepStamp: boolean}} Draft
 */

/**
 * What is being edited: `base` is the version that was seen, null for a new event.
 *
 * @typedef {{base: EventVersion | null, draft: Draft}} Editing
 */

const DAY = 86_400_000
const HOUR = 3_600_000

const PLAIN = Object.freeze({ visibleAfter: "", stamp: "", by: "", keepStamp: false })
const EMPTY = Object.freeze({
  subject: "",
  description: "",
  location: "",
  allDay: false,
  isPrivate: false,
  attendees: [],
  parentId: "",
  relatedTo: [],
  ...PLAIN,
})

/**
 * A draft for a range chosen in the grid; a click there chooses an hour.
 *
 * @param {import("fullcalendar").DateSelectInfo} span @returns {Editing}
 */
export function newDraft({ start, end, startStr, endStr, allDay }) {
  if (allDay)
    return {
      base: null,
      draft: { ...EMPTY, allDay, start: startStr.slice(0, 10), end: dayBefore(endStr.slice(0, 10)) },
    }
  const clicked = end.getTime() - start.getTime() <= 900_000
  return newDraftAt(start.getTime(), clicked ? start.getTime() + HOUR : end.getTime())
}

/** A draft that begins at an instant. @param {number} from @param {number} [to] @returns {Editing} */
export function newDraftAt(from, to = from + HOUR) {
  return { base: null, draft: { ...EMPTY, start: wallOf(from, zone.value), end: wallOf(to, zone.value) } }
}

/** @param {EventVersion} event @returns {Editing} */
export function draftOf(event) {
  const { allDay } = event
  return {
    base: event,
    draft: {
      ...PLAIN,
      subject: event.subject ?? "",
      description: event.description ?? "",
      location: event.location ?? "",
      allDay,
      start: allDay ? event.startTime.slice(0, 10) : wallOf(Date.parse(event.startTime), zone.value),
      end: allDay ? lastDay(event) : wallOf(Date.parse(event.endTime), zone.value),
      isPrivate: event.private,
      attendees: event.attendees.map((each) => ({
        userId: each.userId ?? "",
        emailAddress: each.emailAddress ?? "",
        contactId: String(each.contactId ?? ""),
        status: each.status,
      })),
      parentId: String(event.parentId ?? ""),
      relatedTo: event.relatedTo.map(({ type, id, name }) => ({ type, id, name: name ?? "" })),
    },
  }
}

/** @param {string} day */
const dayBefore = (day) => new Date(Date.parse(day) - DAY).toISOString().slice(0, 10)
/** @param {string} day */
const dayAfter = (day) =>
  Number.isNaN(Date.parse(day)) ? day : new Date(Date.parse(day) + DAY).toISOString().slice(0, 10)

/** @param {EventVersion} event */
function lastDay({ startTime, endTime }) {
  const [start, end] = [startTime.slice(0, 10), endTime.slice(0, 10)]
  return start === end ? start : dayBefore(end)
}

/** Another beginning; the end moves along. @param {Draft} draft @param {string} start @returns {Draft} */
export function startingAt(draft, start) {
  const moved = Date.parse(`${start}Z`) - Date.parse(`${draft.start}Z`)
  const end = Date.parse(`${draft.end}Z`) + (draft.allDay ? Date.parse(start) - Date.parse(draft.start) : moved)
  if (Number.isNaN(end)) return { ...draft, start }
  return { ...draft, start, end: draft.allDay ? new Date(end).toISOString().slice(0, 10) : wallOf(end, "UTC") }
}

/** All day or not. @param {Draft} draft @param {boolean} allDay @returns {Draft} */
export function lasting(draft, allDay) {
  if (allDay === draft.allDay) return draft
  const [start, end] = [draft.start.slice(0, 10), draft.end.slice(0, 10)]
  return allDay ? { ...draft, allDay, start, end } : { ...draft, allDay, start: `${start}T09:00`, end: `${end}T10:00` }
}

/**
 * The fields that differ from the version that was seen, as the controls take them.
 *
 * @param {Editing} editing @returns {Record<string, unknown>}
 */
export function changedFields({ base, draft }) {
  const wanted = fieldsOf(draft)
  const had = /** @type {Record<string, unknown>} */ (base === null ? DEFAULTS : fieldsOf(draftOf(base).draft))
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => writeJson(value) !== writeJson(had[name])),
  )
}

const DEFAULTS = {
  subject: null,
  description: null,
  location: null,
  allDay: false,
  private: false,
  attendees: [],
  parentId: null,
  relatedTo: [],
}

/** @param {Draft} draft */
function fieldsOf(draft) {
  return {
    subject: draft.subject || null,
    description: draft.description || null,
    location: draft.location || null,
    allDay: draft.allDay,
    startTime: draft.allDay ? draft.start : instantText(draft.start),
    endTime: draft.allDay ? dayAfter(draft.end) : instantText(draft.end),
    private: draft.isPrivate,
    attendees: draft.attendees.map((each) => ({
      userId: each.userId || null,
      emailAddress: each.emailAddress || null,
      contactId: numberOf(each.contactId),
      status: each.status,
    })),
    parentId: numberOf(draft.parentId),
    relatedTo: draft.relatedTo.map(({ type, id, name }) => ({ type, id, name: name || null })),
  }
}

/** @param {string} wall */
function instantText(wall) {
  const at = instantOf(wall, zone.value)
  return Number.isNaN(at) ? wall : new Date(at).toISOString()
}

/** A whole number as such; what is none is sent as it was typed, and refused with a sentence. @param {string} text */
function numberOf(text) {
  if (text.trim() === "") return null
  if (!/^-?\d{1,20}$/.test(text.trim())) return text
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
}

/** How the change is to be made. @param {Draft} draft @param {"create" | "edit" | "delete"} verb */
export function modifiersOf({ visibleAfter, stamp, by, keepStamp }, verb) {
  return {
    ...(visibleAfter.trim() && { visibleAfter: visibleAfter.trim() }),
    ...(stamp.trim() && { stamp: stamp.trim() }),
    ...(by.trim() && { by: by.trim() }),
    ...(verb === "edit" && keepStamp && { bump: false }),
  }
}

/** The same edits on top of a newer version. @param {Editing} editing @param {EventVersion} now @returns {Editing} */
export function rebased({ base, draft }, now) {
  const had = /** @type {Record<string, unknown>} */ (base === null ? {} : draftOf(base).draft)
  const mine = Object.entries(draft).filter(([name, value]) => writeJson(value) !== writeJson(had[name]))
  return { base: now, draft: { ...draftOf(now).draft, ...Object.fromEntries(mine) } }
}
