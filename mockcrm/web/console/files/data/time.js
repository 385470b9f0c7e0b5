// The sandbox's time as it runs, and how instants are written in the zone that is chosen.

import { computed, signal } from "@preact/signals"

import { address } from "./address.js"
import { clock } from "./feed.js"

const ticks = signal(0)
setInterval(() => {
  if (clock.peek()?.mode === "running" && !document.hidden) ticks.value += 1
}, 200)

/** The last instant that a clock of the server can show. */
const LATEST = Date.parse("9999-12-31T23:59:59.999Z")

/** The sandbox's now, in whole milliseconds since the epoch; it goes on by itself while the clock runs. Null at first. */
export const now = computed(() => {
  void ticks.value
  const last = clock.value
  if (last === null) return null
  const passed = last.mode === "running" ? (performance.now() - last.read) * last.rate : 0
  return Math.min(Date.parse(last.now) + Math.floor(passed), LATEST)
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

/** @typedef {string | number | Date} Instant */

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map()

/**
 * An instant in words; a dash for what is no instant.
 *
 * @param {Instant} at @param {Intl.DateTimeFormatOptions} options @param {string} [language]
 */
function written(at, options, language = "en-GB") {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return "–"
  const key = language + zone.value + JSON.stringify(options)
  const format = formats.get(key) ?? new Intl.DateTimeFormat(language, { timeZone: zone.value, ...options })
  formats.set(key, format)
  return format.format(date).replace(",", "")
}

const MINUTES = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
const SECONDS = /** @type {const} */ ({ ...MINUTES, second: "2-digit" })

/** `09:00:00` @param {Instant} at */
export function timeText(at) {
  return written(at, SECONDS)
}

/** `09:00:00.000` @param {Instant} at */
export function preciseTimeText(at) {
  return written(at, { ...SECONDS, fractionalSecondDigits: 3 })
}

/** `2 Mar 09:00:00.000` @param {Instant} at */
export function preciseText(at) {
  return written(at, { day: "numeric", month: "short", ...SECONDS, fractionalSecondDigits: 3 })
}

/** `Mon 2 Mar 2026` @param {Instant} at */
export function dateText(at) {
  return written(at, { weekday: "short", day: "numeric", month: "short", year: "numeric" })
}

/** `Mon 2 Mar 2026 09:00:00` @param {Instant} at */
export function dateTimeText(at) {
  return `${dateText(at)} ${timeText(at)}`
}

/** `Mon 2 Mar 2026 09:00:00.000` @param {Instant} at */
export function fullText(at) {
  return `${dateText(at)} ${preciseTimeText(at)}`
}

/** `2 Mar 09:00` @param {Instant} at */
export function shortText(at) {
  return written(at, { day: "numeric", month: "short", ...MINUTES })
}

/** The day of an instant in the zone that is chosen: `2026-03-02`. @param {Instant} at */
export function dayOf(at) {
  return written(at, { year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA")
}

/** `14:03:22` by the viewer's own clock, for what happens outside the sandbox. @param {Instant} at */
export function ownTimeText(at) {
  return new Date(at).toLocaleTimeString("en-GB")
}
