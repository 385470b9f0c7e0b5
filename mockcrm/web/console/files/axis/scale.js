// Two scales for time: by order, where each instant has room and idle time is short, and by time, where a minute is a
// minute.

/** @typedef {import("./story.js").Knot} Knot */
/**
 * A place for each instant, in units of its own; and back. `first` and `last` are the places of its ends.
 * @typedef {{name: "order" | "time", position: (at: number) => number, instant: (place: number) => number,
 *   first: number, last: number, knots: Knot[]}} Scale
 */

/** A run of instants of one kind takes as much room as if it had this many, and little more for each doubling. */
const ROOMY = 6
const FOR_A_DOUBLING = 3
/** How much room idle time takes besides, for each power of ten of its seconds. */
const FOR_IDLE = 0.7
/** The room before an instant at which nothing is done (a stamp, a watermark): at least, and after a second. */
const FOR_AN_EDGE = { least: 0.15, most: 0.6 }

/** By order. @param {Knot[]} knots in the order of time, at least one @returns {Scale} */
export function byOrder(knots) {
  const places = placesOf(knots)
  const times = knots.map((each) => each.at)
  return {
    name: "order", knots,
    position: (at) => between(times, places, at),
    instant: (place) => between(places, times, place),
    first: 0,
    last: places[places.length - 1],
  }
}

/** @param {Knot[]} knots */
function placesOf(knots) {
  const rooms = roomsOf(knots)
  const places = [0]
  for (let index = 1; index < knots.length; index += 1) {
    const idle = (knots[index].at - knots[index - 1].at) / 1000
    const room = knots[index].kind === "edge" ? rooms[index] * edgeRoom(idle) : rooms[index]
    places.push(places[index - 1] + room + FOR_IDLE * Math.log10(1 + idle))
  }
  return places
}

/**
 * A watermark a few milliseconds from a request lies beside it, and does not seem to leave time out.
 *
 * @param {number} idle in seconds
 */
function edgeRoom(idle) {
  return FOR_AN_EDGE.least + (FOR_AN_EDGE.most - FOR_AN_EDGE.least) * Math.min(idle, 1)
}

/**
 * The room before each instant: an equal step, but less in a long run of one kind, such as 5,000 changes of a batch.
 *
 * @param {Knot[]} knots
 */
function roomsOf(knots) {
  const rooms = /** @type {number[]} */ (Array(knots.length))
  for (let start = 0, end = 0; start < knots.length; start = end) {
    while (end < knots.length && knots[end].kind === knots[start].kind) end += 1
    const length = end - start
    const whole = length <= ROOMY ? length : ROOMY + FOR_A_DOUBLING * Math.log2(length / ROOMY)
    rooms.fill(whole / length, start, end)
  }
  return rooms
}

/**
 * Where a value lies between its neighbours, carried over to the other list; beyond the ends, the end.
 *
 * @param {number[]} from @param {number[]} to @param {number} value
 */
function between(from, to, value) {
  const last = from.length - 1
  if (!(value > from[0])) return to[0]
  if (value >= from[last]) return to[last]
  let [low, high] = [0, last]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (from[middle] <= value) low = middle
    else high = middle
  }
  return to[low] + ((value - from[low]) / (from[high] - from[low])) * (to[high] - to[low])
}

const LEAST_SPAN = 100

/** By time: a unit is a millisecond. @param {Knot[]} knots in the order of time, at least one @returns {Scale} */
export function byTime(knots) {
  const [from, to] = extentOf(knots)
  const [position, instant] = [(/** @type {number} */ at) => at - from, (/** @type {number} */ place) => place + from]
  return { name: "time", knots, position, instant, first: 0, last: to - from }
}

/**
 * From the first to the last thing done. A stamp or a watermark far away (1970, next year) widens it by its own length
 * at most on either side: it must not make the rest a dot.
 *
 * @param {Knot[]} knots
 */
function extentOf(knots) {
  const done = knots.filter((each) => each.kind !== "edge")
  const [from, to] = done.length ? [done[0].at, done[done.length - 1].at] : [knots[0].at, knots[0].at]
  const more = Math.max(to - from, 60000)
  const begin = Math.max(knots[0].at, from - more)
  return [begin, Math.max(Math.min(knots[knots.length - 1].at, to + more), begin + LEAST_SPAN)]
}
