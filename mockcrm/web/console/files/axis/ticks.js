// The ruler: readable times where there is room, and the idle time that the scale shortens.

import { dateText, preciseTimeText, timeText } from "../data/time.js"
import { counted } from "../shell/parts.js"

/** @typedef {import("./scale.js").Scale} Scale */
/**
 * A time on the ruler; `day` is written where it is another than before.
 *
 * @typedef {{x: number, time: string, day: string}} Tick
 */
/** Idle time that is shown shorter than it was. @typedef {{x: number, text: string}} Break */

const APART = 92

/**
 * @param {Scale} scale @param {(at: number) => number} x @param {number} width
 * @param {{from: number, to: number}} shown the instants at the edges @param {string} zone
 * @returns {Tick[]}
 */
export function ticksOf(scale, x, width, shown, zone) {
  const instants = scale.name === "time" ? evenInstants(shown, width, zone) : instantsOfKnots(scale, x, width)
  return labelled(instants.filter((at) => x(at) >= 0 && x(at) <= width), x)
}

/** @param {number[]} instants @param {(at: number) => number} x @returns {Tick[]} */
function labelled(instants, x) {
  let day = ""
  const whole = instants.every((at) => at % 60000 === 0)
  return instants.map((at, index) => {
    const near = [instants[index - 1], instants[index + 1]].some((other) => Math.abs(other - at) < 1000)
    const [today, before] = [dateText(at), day]
    day = today
    const time = near ? preciseTimeText(at) : timeText(at).slice(0, whole ? 5 : 8)
    return { x: x(at), time, day: today === before ? "" : today }
  })
}

/**
 * Instants at which something is, those after the longest idle time first.
 *
 * @param {Scale} scale @param {(at: number) => number} x @param {number} width
 */
function instantsOfKnots({ knots }, x, width) {
  const wanted = knots
    .map(({ at }, index) => {
      const idle = index ? at - knots[index - 1].at : Infinity
      return { at: Math.floor(at), place: x(Math.floor(at)), idle }
    })
    .filter(({ place }) => place >= 0 && place <= width)
    .sort((one, other) => other.idle - one.idle || one.at - other.at)
  const taken = /** @type {typeof wanted} */ ([])
  for (const each of wanted) {
    if (taken.every(({ place }) => Math.abs(place - each.place) >= APART)) taken.push(each)
  }
  return taken.map(({ at }) => at).sort((one, other) => one - other)
}

const SECOND = 1000
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500], ...[1, 2, 5, 10, 15, 30].map((each) => each * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((each) => each * 60 * SECOND), ...[1, 2, 3, 6, 12].map((each) => each * 3600 * SECOND),
  ...[1, 2, 7, 14, 28, 91, 364, 3640].map((each) => each * 86400 * SECOND),
]

/**
 * Round instants in the zone, such as whole hours.
 *
 * @param {{from: number, to: number}} shown @param {number} width @param {string} zone
 */
function evenInstants({ from, to }, width, zone) {
  const most = Math.max(1, Math.floor(width / APART))
  const step = STEPS.find((each) => (to - from) / each <= most) ?? STEPS[STEPS.length - 1]
  const found = []
  for (let local = Math.ceil((from + offsetAt(from, zone)) / step) * step; found.length <= most; local += step) {
    const at = local - offsetAt(local - offsetAt(local, zone), zone)
    if (at > to) break
    found.push(at)
  }
  return found
}

/** How far a zone's clocks are ahead of UTC, in milliseconds. @param {number} at @param {string} zone */
function offsetAt(at, zone) {
  const name = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(at)
  const offset = name.find((each) => each.type === "timeZoneName")?.value.match(/([+-])(\d+):(\d+)/)
  const [, sign, hours, minutes] = offset ?? []
  return sign ? (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60 * SECOND : 0
}

const LEAST_IDLE = 60 * SECOND
const ROOM = 76

/**
 * Where idle time of a minute or more lies between two instants, if there is room to say so.
 *
 * @param {Scale} scale @param {(at: number) => number} x @param {number} width @returns {Break[]}
 */
export function breaksOf({ name, knots }, x, width) {
  if (name === "time") return []
  const found = []
  for (let index = 1; index < knots.length; index += 1) {
    const [from, to] = [knots[index - 1].at, knots[index].at]
    const [left, right] = [x(from), x(to)]
    if (to - from < LEAST_IDLE || right - left < ROOM || right < 0 || left > width) continue
    found.push({ x: (left + right) / 2, text: shortLength(to - from) })
  }
  return found
}

/** `5 min`, `3 h`, `2 days` @param {number} length */
function shortLength(length) {
  const minutes = Math.round(length / LEAST_IDLE)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.round(minutes / 6) / 10
  return hours < 48 ? `${hours} h` : counted(Math.round(hours / 24), "day")
}
