// Draws what lies under the marks: the lanes' lines, and the ruler.

import { ROWS, RULER_HEIGHT } from "./lanes.js"
import { line } from "./lines.js"

/** @typedef {CanvasRenderingContext2D} Canvas */
/** @typedef {import("./draw.js").Scene} Scene */
/** @typedef {import("./palette.js").Palette} Palette */

/** @param {Canvas} canvas @param {Scene} scene */
export function drawGround(canvas, { width, lanes, palette, story }) {
  canvas.fillStyle = palette.ground
  story.lanes.forEach(({ earlier }, index) => {
    const { top, height } = lanes.lanes[index]
    if (earlier) canvas.fillRect(0, top, width, height)
  })
  canvas.strokeStyle = palette.line
  canvas.lineWidth = 1
  for (const { top } of lanes.lanes) line(canvas, 0, top + 0.5, width, top + 0.5)
  canvas.setLineDash([1, 4])
  for (const y of [ROWS.stamped, ROWS.committed, ROWS.shown]) line(canvas, 0, y + 0.5, width, y + 0.5)
  for (const { marks } of lanes.lanes) line(canvas, 0, marks + 0.5, width, marks + 0.5)
  canvas.setLineDash([])
}

/** @param {Canvas} canvas @param {Scene} scene */
export function drawRuler(canvas, { width, lanes, ruler, palette }) {
  const top = lanes.ruler
  canvas.strokeStyle = palette["line-strong"]
  line(canvas, 0, top + 0.5, width, top + 0.5)
  canvas.font = "11px system-ui, sans-serif"
  canvas.textAlign = "left"
  canvas.textBaseline = "alphabetic"
  for (const { x, time, day } of ruler.ticks) {
    const left = Math.round(x) + 0.5
    line(canvas, left, top, left, top + 5)
    canvas.fillStyle = palette.ink
    write(canvas, time, left + 4, top + 13, width)
    canvas.fillStyle = palette["ink-soft"]
    write(canvas, day, left + 4, top + RULER_HEIGHT - 6, width)
  }
  drawBreaks(canvas, top, ruler, palette)
}

/**
 * A text that is whole, or none.
 *
 * @param {Canvas} canvas @param {string} text @param {number} x @param {number} y @param {number} width
 */
function write(canvas, text, x, y, width) {
  if (x + canvas.measureText(text).width <= width) canvas.fillText(text, x, y)
}

/**
 * Idle time: the ruler's line is broken, and says for how long.
 *
 * @param {Canvas} canvas @param {number} top @param {Scene["ruler"]} ruler @param {Palette} palette
 */
function drawBreaks(canvas, top, { breaks, ticks }, palette) {
  canvas.textAlign = "center"
  for (const { x, text } of breaks) {
    canvas.fillStyle = palette.paper
    canvas.fillRect(x - 4, top - 1, 8, 3)
    line(canvas, x - 6, top + 4, x - 2, top - 4)
    line(canvas, x + 2, top + 4, x + 6, top - 4)
    const half = canvas.measureText(text).width / 2 + 6
    const busy = ticks.some((tick) => x + half > tick.x && x - half < tick.x + (tick.day ? 100 : 0))
    canvas.fillStyle = palette["ink-soft"]
    if (!busy) canvas.fillText(text, x, top + RULER_HEIGHT - 6)
  }
}
