// How high the lines of a client's watermark are drawn, so that they are told apart.

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
