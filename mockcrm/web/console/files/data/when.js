// When an event takes place, as people write it.

import { dateText, timeText } from "./time.js"

const DAY = 86_400_000
const DAY_TEXT = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
})

/** `09:00`, with seconds where there are some. @param {number} at */
export function hoursText(at) {
  return timeText(at).replace(/:00$/, "")
}

/** The day at whose beginning in UTC an instant is, as of an all-day event. @param {number} at */
export function utcDayText(at) {
  return DAY_TEXT.format(at).replace(",", "")
}

/**
 * `Tue 3 Mar 2026 09:00 – 10:00`; of an all-day event its days.
 *
 * @param {{start: number, end: number, allDay: boolean}} event
 */
export function whenText({ start, end, allDay }) {
  if (allDay) {
    const last = Math.max(start, end - DAY)
    return start === last ? `${utcDayText(start)}, all day` : `${utcDayText(start)} – ${utcDayText(last)}, all day`
  }
  const [from, to] = [dateText(start), dateText(end)]
  if (start === end) return `${from} ${hoursText(start)}`
  return from === to
    ? `${from} ${hoursText(start)} – ${hoursText(end)}`
    : `${from} ${hoursText(start)} – ${to} ${hoursText(end)}`
}
