// Where the lanes lie, from top to bottom: the CRM's with its three rows, then one for each client, then the ruler.

import { LEVELS } from "./watermark.js"

/** The rows of the CRM's lane: when a change was stamped, committed, and shown by lists. */
export const ROWS = { stamped: 10, committed: 28, shown: 46 }
const CRM_HEIGHT = 56
const LEAST_HEIGHT = 24
const MOST_HEIGHT = 80
export const RULER_HEIGHT = 32
/** Reaches nearer to each other than this would be one blot. */
const LEAST_STEP = 5

/**
 * The lane of a client: its top and height, and where its marks and the reaches of its reads stand.
 *
 * @typedef {{top: number, height: number, marks: number, reach: (level: number) => number}} Lane
 */
/** @typedef {{lanes: Lane[], ruler: number, height: number}} Lanes */

/**
 * @param {number} count how many clients have a lane @param {number} height what there is, the ruler included
 * @returns {Lanes}
 */
export function lanesIn(count, height) {
  const room = (height - CRM_HEIGHT - RULER_HEIGHT) / Math.max(count, 1)
  const each = Math.min(Math.max(room, LEAST_HEIGHT), MOST_HEIGHT)
  const lanes = Array.from({ length: count }, (_, index) => laneAt(CRM_HEIGHT + index * each, each))
  const ruler = Math.max(CRM_HEIGHT + each * count, height - RULER_HEIGHT)
  return { lanes, ruler, height: ruler + RULER_HEIGHT }
}

/** @param {number} top @param {number} height @returns {Lane} */
function laneAt(top, height) {
  const marks = top + height - 10
  const levels = Math.min(Math.max(Math.floor((height - 18) / LEAST_STEP), 1), LEVELS)
  const step = (height - 24) / levels
  return { top, height, marks, reach: (level) => marks - 10 - step * (level % levels) }
}
