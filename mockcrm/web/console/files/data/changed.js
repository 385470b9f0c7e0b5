// What a change is a change of: an event, or another record of the CRM.

import { kindNamed, labelIn } from "./kinds.js"
import { lineOf, subjectOf } from "./text.js"

/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").EventChange} EventChange */

/** @param {Change} change @returns {change is EventChange} */
export function isOfEvent(change) {
  return change.kind === "event"
}

/** Kind and id of the record of a change: `contact:1001`. @param {Change} change */
export function nameOf({ kind, recordId }) {
  return `${kind}:${recordId}`
}

/** @param {string} word */
export function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** What the record of a change is called, in a line. @param {Change} change @param {number} [most] */
export function titleOf(change, most = 80) {
  if (isOfEvent(change)) return subjectOf((change.after ?? change.before)?.subject, most)
  const label = labelIn(kindNamed(change.kind), change.after ?? change.before ?? {}, most)
  return label || lineOf(`${change.kind} ${change.recordId}`, most)
}

/** The calendar that an event moved to with a change; empty if it did not move. @param {Change} change */
export function movedTo(change) {
  if (!isOfEvent(change) || change.before === null || change.after === null) return ""
  return change.before.calendarId === change.after.calendarId ? "" : (change.after.calendarId ?? "")
}
