// The watermark of a client: the instant since which a read asks for changes.

/** @typedef {import("../data/types.js").Entry} Entry */

/**
 * The `since` that a list was asked with, in milliseconds; null if there is none, or none that can be read.
 *
 * @param {Entry} entry
 */
export function sinceOf(entry) {
  if (entry.operation !== "listEvents" && entry.operation !== "listDeletedEvents") return null
  const given = [entry.query.since].flat()[0]
  if (given === undefined) return null
  const instant = /^-?\d+$/.test(given) ? Number(given) : Date.parse(given)
  return Number.isFinite(instant) ? instant : null
}

/** How many heights there are for what reads reach back to. */
export const LEVELS = 3

/**
 * The height of each reach, so that those that follow or overlap each other are told apart: of the heights that are
 * free, the one that has been free the longest. The reaches are in the order of their ends.
 *
 * @param {{from: number, to: number}[]} reaches @returns {number[]}
 */
export function levelsOf(reaches) {
  const taken = /** @type {number[]} */ (Array(LEVELS).fill(-Infinity))
  return reaches.map(({ to }) => {
    const level = taken.indexOf(Math.min(...taken))
    taken[level] = to
    return level
  })
}
