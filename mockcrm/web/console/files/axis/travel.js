// A request that has just come travels from its client's lane to the changes that it brings.

import { middle } from "./marks.js"
import { relationsOf } from "./relations.js"

const DURATION = 200
const MOST = 30
const NOTHING_MISSED = new Map()

/** @typedef {{from: [number, number], to: [number, number]}} Way */

/**
 * The ways from the marks of these requests to what they delivered.
 *
 * @param {import("./draw.js").Scene} scene @param {Set<string>} keys @returns {Way[]}
 */
export function waysOf({ story, markByThing }, keys) {
  return relationsOf(story, keys, NOTHING_MISSED).slice(-MOST).flatMap(({ change, request }) => {
    const [from, to] = [markByThing.get(request), markByThing.get(change)]
    return from && to ? [{ from: point(from), to: point(to) }] : []
  })
}

/** @param {import("./marks.js").Mark} mark @returns {[number, number]} */
function point(mark) {
  return [middle(mark), mark.y]
}

/**
 * Let dots travel these ways. `over` draws what else is on this canvas.
 *
 * @param {CanvasRenderingContext2D} canvas @param {Way[]} ways @param {string} colour @param {() => void} over
 */
export function travel(canvas, ways, colour, over) {
  if (!ways.length || matchMedia("(prefers-reduced-motion: reduce)").matches) return
  const began = performance.now()
  const step = () => {
    const share = Math.min((performance.now() - began) / DURATION, 1)
    over()
    if (share === 1) return
    canvas.fillStyle = colour
    for (const { from, to } of ways) dot(canvas, from, to, share * (2 - share))
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
}

/**
 * @param {CanvasRenderingContext2D} canvas @param {[number, number]} from @param {[number, number]} to
 * @param {number} share
 */
function dot(canvas, from, to, share) {
  canvas.beginPath()
  canvas.arc(from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share, 5, 0, 2 * Math.PI)
  canvas.fill()
}
