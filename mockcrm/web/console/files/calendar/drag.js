// An event was dragged to another time, or to another length.

import { zone } from "../data/time.js"
import { attempt, changeEvent } from "./edits.js"
import { quoted } from "./rows.js"
import { whenText } from "../data/when.js"

const DAY = 86_400_000

/**
 * @param {import("fullcalendar").EventApi} event as it was dropped @returns {Promise<boolean>} whether it is there now
 */
export function moveTo(event) {
  const { row } = /** @type {import("./shown.js").Shown} */ (event.extendedProps.shown)
  const fields = fieldsOf(event, row)
  const times = { start: Date.parse(fields.startTime), end: Date.parse(fields.endTime), allDay: event.allDay }
  return attempt(() =>
    changeEvent(
      row.id,
      row.version,
      changed(fields, row),
      () => `${quoted(row.title)} is now on ${whenText(times)} (${zone.value}).`,
    ),
  )
}

/** @param {import("fullcalendar").EventApi} event @param {import("./rows.js").Row} row */
function fieldsOf(event, row) {
  const { allDay } = event
  if (allDay) {
    const start = event.startStr.slice(0, 10)
    const end = event.endStr.slice(0, 10) || new Date(Date.parse(start) + DAY).toISOString().slice(0, 10)
    return { allDay, startTime: start, endTime: end }
  }
  const start = /** @type {Date} */ (event.start).getTime()
  // An event without a length keeps none; one that was all day becomes an hour.
  const end = event.end?.getTime() ?? start + (row.allDay ? 3_600_000 : row.end - row.start)
  return { allDay, startTime: new Date(start).toISOString(), endTime: new Date(end).toISOString() }
}

/**
 * Only what differs is sent.
 *
 * @param {{allDay: boolean, startTime: string, endTime: string}} fields @param {import("./rows.js").Row} row
 */
function changed(fields, row) {
  const same = {
    allDay: fields.allDay === row.allDay,
    startTime: Date.parse(fields.startTime) === row.start,
    endTime: Date.parse(fields.endTime) === row.end,
  }
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !same[/** @type {keyof typeof same} */ (name)]))
}
