// The zone that is chosen: its name in short, and the instant at which its clocks show a day and a time.

import { dayOf, timeText, zone } from "../data/time.js"

/** The zone in short, as it is at an instant: `UTC`, `CET`. @param {number} at */
export function zoneText(at) {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone.value, timeZoneName: "short" })
  return format.formatToParts(new Date(at)).find(({ type }) => type === "timeZoneName")?.value ?? zone.value
}

/**
 * The instant, in milliseconds, at which clocks show a day and a time; NaN if it is no time. A time that the zone
 * leaves out in spring is the one an hour later.
 *
 * @param {string} day `2026-03-02` @param {string} time `09:00` or `09:00:00`
 */
export function instantOf(day, time) {
  const wanted = Date.parse(`${day}T${time}Z`)
  return Number.isNaN(wanted) ? NaN : wanted - offsetAt(wanted - offsetAt(wanted))
}

/** How far the zone's clocks are ahead of UTC at an instant, in milliseconds. @param {number} at */
function offsetAt(at) {
  return Date.parse(`${dayOf(at)}T${timeText(at)}Z`) - Math.floor(at / 1000) * 1000
}
