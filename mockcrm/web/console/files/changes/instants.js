// How instants and intervals of events are written: in the zone that is chosen, and the days of all-day events as they
// are.

import { dateText, dayOf, preciseTimeText, shortText, timeText } from "../data/time.js"

const DAY = 86400000
const UNITS = /** @type {[string, number][]} */ ([["d", DAY], ["h", 3600000], ["min", 60000], ["s", 1000], ["ms", 1]])

/** `1 h 30 min`, whatever the direction. @param {number} milliseconds */
export function spanText(milliseconds) {
  let rest = Math.abs(milliseconds)
  const parts = []
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count) parts.push(`${count.toLocaleString("en")}\u00a0${unit}`)
  }
  return parts.slice(0, 2).join(" ") || "0 ms"
}

const WHOLE_DAY = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC", weekday: "short", day: "numeric", month: "short", year: "numeric",
})

/** The day of an all-day event, which is midnight UTC. @param {string} at */
function wholeDay(at) {
  return WHOLE_DAY.format(new Date(at)).replace(",", "")
}

/** `Tue 3 Mar 2026 09:00:00 to 10:00:00`. @param {{startTime: string, endTime: string, allDay: boolean}} event */
export function intervalText({ startTime, endTime, allDay }) {
  if (allDay) {
    const last = new Date(Math.max(Date.parse(endTime) - DAY, Date.parse(startTime))).toISOString()
    const [from, to] = [wholeDay(startTime), wholeDay(last)]
    return from === to ? `${from}, all day` : `${from} to ${to}, all day`
  }
  const end = dayOf(startTime) === dayOf(endTime) ? minuteText(endTime) : shortText(endTime)
  return `${shortText(startTime)} to ${end}`
}

/** @param {string} at */
function minuteText(at) {
  return timeText(at).slice(0, 5)
}

/** An instant of an event, in full. @param {string} at @param {boolean} allDay */
export function instantText(at, allDay) {
  return allDay ? wholeDay(at) : `${dateText(at)} ${preciseTimeText(at)}`
}
