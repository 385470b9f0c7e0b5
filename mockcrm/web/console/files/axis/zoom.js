// Which part of time is shown, and by which scale: as the address says it, and as wheel, drag and buttons change it.

/** @typedef {import("./scale.js").Scale} Scale */
/**
 * `shown` is `all`, `day`, `hour`, `minutes` (the last five), or two instants in milliseconds.
 * @typedef {{shown: "all" | keyof typeof LENGTHS | [number, number], by: "order" | "time"}} Zoom
 */
/** The part of a scale that is shown, in its units. @typedef {{from: number, to: number}} Window */

const BY_TIME = ".time"

/**
 * `all`, `hour.time`, `1772442000000~1772445600000` … What cannot be read shows all.
 *
 * @param {string} text @returns {Zoom}
 */
export function readZoom(text) {
  const by = text.endsWith(BY_TIME) ? "time" : "order"
  const shown = by === "time" ? text.slice(0, -BY_TIME.length) : text
  if (isLength(shown)) return { shown, by }
  const [from, to] = shown.split("~").map(Number)
  return { shown: from < to ? [from, to] : "all", by }
}

/** @param {Zoom} zoom */
export function zoomText({ shown, by }) {
  const text = typeof shown === "string" ? shown : shown.map((at) => Math.round(at * 1000) / 1000).join("~")
  return by === "time" ? `${text}${BY_TIME}` : text
}

const LENGTHS = { minutes: 300e3, hour: 3600e3, day: 86400e3 }

/** @param {unknown} shown @returns {shown is keyof typeof LENGTHS} */
const isLength = (shown) => typeof shown === "string" && Object.hasOwn(LENGTHS, shown)

/** The free room at each end, as a share of what is shown. */
const MARGIN = 0.03
/** The least that is shown, in units of the scale. */
const LEAST = { order: 1, time: 1 }

/** @param {Zoom} zoom @param {Scale} scale @param {number} now @returns {Window} */
export function windowOf({ shown }, scale, now) {
  if (shown === "all") return withMargin(scale.first, scale.last, scale)
  if (isLength(shown)) {
    return withMargin(scale.position(now - LENGTHS[shown]), scale.position(now + 1), scale)
  }
  return atLeast(scale.position(shown[0]), scale.position(shown[1]), scale)
}

/** @param {number} from @param {number} to @param {Scale} scale @returns {Window} */
function withMargin(from, to, scale) {
  const margin = Math.max(to - from, LEAST[scale.name]) * MARGIN
  return atLeast(from - margin, to + margin, scale)
}

/** @param {number} from @param {number} to @param {Scale} scale @returns {Window} */
function atLeast(from, to, scale) {
  const lacking = Math.max(0, LEAST[scale.name] - (to - from)) / 2
  return { from: from - lacking, to: to + lacking }
}

/**
 * Show more or less: `factor` times as much, with `around` (0 to 1 of the width) staying where it is.
 *
 * @param {Window} window @param {number} factor @param {number} around @param {Scale} scale @returns {Window}
 */
export function zoomed({ from, to }, factor, around, scale) {
  const most = (scale.last - scale.first) * (1 + 2 * MARGIN)
  const length = Math.min(Math.max((to - from) * factor, LEAST[scale.name]), Math.max(most, LEAST[scale.name]))
  const still = from + (to - from) * around
  return kept({ from: still - length * around, to: still + length * (1 - around) }, scale)
}

/**
 * Show what is beside: `share` of the width further.
 *
 * @param {Window} window @param {number} share @param {Scale} scale @returns {Window}
 */
export function moved({ from, to }, share, scale) {
  const by = (to - from) * share
  return kept({ from: from + by, to: to + by }, scale)
}

/** Keep to the scale's ends, with a margin. @param {Window} window @param {Scale} scale @returns {Window} */
function kept({ from, to }, scale) {
  const length = to - from
  const margin = length * MARGIN
  const most = Math.max(scale.last + margin - length, scale.first - margin)
  const begin = Math.min(Math.max(from, scale.first - margin), most)
  return { from: begin, to: begin + length }
}

/**
 * The zoom that shows this window; everything if it holds all.
 *
 * @param {Window} window @param {Scale} scale @returns {Zoom}
 */
export function zoomTo({ from, to }, scale) {
  if (from <= scale.first && to >= scale.last) return { shown: "all", by: scale.name }
  return { shown: [scale.instant(from), scale.instant(to)], by: scale.name }
}
