// The sandbox's time as it runs, and how instants are written in the zone that is chosen.

import { computed, signal } from "@preact/signals"

import { address } from "./address.js"
import { clock } from "./feed.js"

const ticks = signal(0)
setInterval(() => {
  if (clock.peek()?.mode === "running" && !document.hidden) ticks.value += 1
}, 200)

/** The sandbox's now, in milliseconds since the epoch; it goes on by itself while the clock runs. Null at first. */
export const now = computed(() => {
  void ticks.value
  const told = clock.value
  if (told === null) return null
  const passed = told.mode === "running" ? (performance.now() - told.read) * told.rate : 0
  return Date.parse(told.now) + passed
})

/** The viewer's own zone. */
export const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

/** The zone in which times are written: the one chosen, or the viewer's own. */
export const zone = computed(() => (isZone(address.value.zone) ? address.value.zone : OWN_ZONE))

/** @param {string} name */
function isZone(name) {
  try {
    return name !== "" && Boolean(new Intl.DateTimeFormat("en", { timeZone: name }))
  } catch {
    return false
  }
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map()

/** @param {Intl.DateTimeFormatOptions} options */
function format(options, locale = "en-GB") {
  const key = zone.value + locale + JSON.stringify(options)
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone: zone.value, ...options })
  formats.set(key, known)
  return known
}

/** @typedef {string | number | Date} Instant */

/** `09:00:00` @param {Instant} at */
export function timeText(at) {
  return format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(new Date(at))
}

/** `09:00:00.000` @param {Instant} at */
export function preciseTimeText(at) {
  return format({
    hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23",
  }).format(new Date(at))
}

/** `2 Mar 09:00:00.000` @param {Instant} at */
export function preciseText(at) {
  return format({
    day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3,
    hourCycle: "h23",
  }).format(new Date(at)).replace(",", "")
}

/** `Mon 2 Mar 2026` @param {Instant} at */
export function dateText(at) {
  return format({ weekday: "short", day: "numeric", month: "short", year: "numeric" }).format(new Date(at)).replace(",", "")
}

/** `Mon 2 Mar 2026 09:00:00` @param {Instant} at */
export function dateTimeText(at) {
  return `${dateText(at)} ${timeText(at)}`
}

/** `2 Mar 09:00` @param {Instant} at */
export function shortText(at) {
  return format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at)).replace(",", "")
}

/** The day of an instant in the zone that is chosen: `2026-03-02`. @param {Instant} at */
export function dayOf(at) {
  return format({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA").format(new Date(at))
}
