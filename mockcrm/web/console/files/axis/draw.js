// Draws the lanes and all marks.

import { drawMark } from "./figures.js"
import { drawGround, drawRuler } from "./ground.js"
import { drawPasses, drawReaches, drawSpans } from "./lines.js"

/**
 * All that is drawn, at its place.
 * @typedef {{magnification: number, width: number, place: (at: number) => number, lanes: import("./lanes.js").Lanes,
 *   marks: import("./marks.js").Mark[], markByThing: Map<string, import("./marks.js").Mark>,
 *   story: import("./story.js").Story,
 *   reaches: {from: number, to: number, level: number, request: import("./story.js").AxisRequest}[][],
 *   ruler: {ticks: import("./ticks.js").Tick[], breaks: import("./ticks.js").Break[]},
 *   passes: import("./relations.js").Relation[], palette: import("./palette.js").Palette}} Scene
 */

/** @param {CanvasRenderingContext2D} canvas @param {Scene} scene */
export function draw(canvas, scene) {
  canvas.clearRect(0, 0, scene.width, scene.lanes.height)
  drawGround(canvas, scene)
  drawRuler(canvas, scene)
  scene.reaches.forEach((reaches, index) => drawReaches(canvas, scene, reaches, scene.lanes.lanes[index]))
  drawSpans(canvas, scene)
  drawPasses(canvas, scene)
  drawMarks(canvas, scene)
}

/**
 * From right to left, so that each knows how much room there is up to the next one.
 *
 * @param {CanvasRenderingContext2D} canvas @param {Scene} scene
 */
function drawMarks(canvas, { marks, width, palette }) {
  const next = /** @type {Map<number, number>} */ (new Map())
  for (const mark of marks.toReversed()) {
    if (inSight(mark, width)) drawMark(canvas, mark, palette, Math.min(next.get(mark.lane) ?? width, width) - mark.end)
    next.set(mark.lane, mark.x)
  }
}

/** @param {{x: number, end: number}} mark @param {number} width */
function inSight({ x, end }, width) {
  return end > -30 && x < width + 30
}
