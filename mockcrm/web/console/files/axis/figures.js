// Draws the marks themselves.

import { line } from "./lines.js"
import { middle } from "./marks.js"
import { hasFault, lossText, shortTitle } from "./sentences.js"
import { BOLT, CROSS, SHAPES } from "./shapes.js"

/** @typedef {CanvasRenderingContext2D} Canvas */
/** @typedef {import("./marks.js").Mark} Mark */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./story.js").AxisRequest} AxisRequest */

const paths = /** @type {Map<string, Path2D>} */ (new Map())

/** @param {string} text */
function path(text) {
  const found = paths.get(text) ?? new Path2D(text)
  paths.set(text, found)
  return found
}

/**
 * Draw a mark, and what it is if there is `room` to say so.
 *
 * @param {Canvas} canvas @param {Mark} mark @param {Palette} palette @param {number} room
 */
export function drawMark(canvas, mark, palette, room) {
  const tones = { missed: palette.failed, lost: palette.failed, failed: palette.failed, recovered: palette.inconclusive }
  const usual = mark.things[0].earlier ? palette["ink-soft"] : palette.ink
  const colour = tones[/** @type {keyof typeof tones} */ (mark.tone)] ?? usual
  const faulted = mark.things.some((each) => each.kind === "request" && hasFault(each))
  if (mark.tone === "lost") drawAlarm(canvas, mark, palette)
  else if (mark.things.length > 1) drawHeap(canvas, mark, colour, palette)
  else if (mark.end - mark.x > 8) drawBar(canvas, mark, colour, palette)
  else drawOne(canvas, mark, colour, palette)
  if (mark.tone === "missed") drawAlarm(canvas, mark, palette)
  if (mark.things.length === 1) drawLabel(canvas, mark, palette, room, faulted)
  if (!faulted) return
  stamp(canvas, BOLT, mark.end + (mark.things.length > 1 ? 16 : 9), mark.y - 7, palette.fault, palette.paper)
}

/**
 * Above a change its subject, beside a request its number.
 *
 * @param {Canvas} canvas @param {Mark} mark @param {Palette} palette @param {number} room @param {boolean} faulted
 */
function drawLabel(canvas, { things: [thing], end, y, tone, ringed }, palette, room, faulted) {
  const text = thing.kind === "request" ? numbersOf(thing) : tone === "lost" ? lossText(thing) : shortTitle(thing.row)
  const alarms = tone === "missed" || tone === "lost"
  const left = 9 + (tone === "missed" ? 9 : ringed || tone === "lost" ? 5 : 0) + (faulted ? 7 : 0)
  canvas.font = "11px system-ui, sans-serif"
  if (canvas.measureText(text).width + left + 12 > room) return
  canvas.fillStyle = alarms ? palette.failed : palette["ink-soft"]
  canvas.textAlign = "left"
  canvas.textBaseline = "alphabetic"
  canvas.fillText(text, end + left, thing.kind === "change" ? y - 5 : y + 4)
}

/** `3`, or `3–5` for a paged read. @param {AxisRequest} request */
function numbersOf({ pages }) {
  return pages.length === 1 ? String(pages[0].number) : `${pages[0].number}–${pages[pages.length - 1].number}`
}

/**
 * A shape with a thin edge of the ground around it.
 *
 * @param {Canvas} canvas @param {string} shape @param {number} x @param {number} y @param {string} colour
 * @param {string} edge
 */
function stamp(canvas, shape, x, y, colour, edge) {
  canvas.save()
  canvas.translate(x, y)
  canvas.lineWidth = 2
  canvas.strokeStyle = edge
  canvas.stroke(path(shape))
  canvas.fillStyle = colour
  canvas.fill(path(shape))
  canvas.restore()
}

/** @param {Canvas} canvas @param {Mark} mark @param {string} colour @param {Palette} palette */
function drawOne(canvas, mark, colour, palette) {
  const [thing] = mark.things
  const { outline, lines } = SHAPES[shapeOf(thing)]
  const hollow = thing.kind === "change" ? thing.row.origin === "client" : mark.tone === "failed" || waits(thing)
  canvas.save()
  canvas.translate(middle(mark), mark.y)
  canvas.lineWidth = 1.5
  canvas.strokeStyle = colour
  canvas.fillStyle = hollow ? palette.paper : colour
  if (thing.kind === "request" && waits(thing)) canvas.setLineDash([2, 2])
  canvas.fill(path(outline))
  canvas.stroke(path(outline))
  canvas.strokeStyle = hollow ? colour : palette.paper
  if (lines) canvas.stroke(path(lines))
  if (thing.kind === "request" && mark.tone === "failed") canvas.stroke(path(CROSS))
  canvas.restore()
}

/** @param {AxisRequest} request */
function waits({ pages }) {
  return pages.some((page) => page.completedAt === null)
}

/** The name of a thing's shape. @param {import("./story.js").Thing} thing */
export function shapeOf(thing) {
  if (thing.kind === "change") return thing.row.op
  return /^(POST|PUT|PATCH|DELETE)$/.test(thing.pages[0].method) ? "write" : "read"
}

/**
 * A paged read: as long as it took, with a line between its pages.
 *
 * @param {Canvas} canvas @param {Mark} mark @param {string} colour @param {Palette} palette
 */
function drawBar(canvas, mark, colour, palette) {
  const pages = /** @type {AxisRequest} */ (mark.things[0]).pages.length
  const [left, length] = [mark.x - 5, mark.end - mark.x + 10]
  canvas.fillStyle = mark.tone === "failed" ? palette.paper : colour
  canvas.strokeStyle = colour
  canvas.lineWidth = 1.5
  canvas.beginPath()
  canvas.roundRect(left, mark.y - 5, length, 10, 5)
  canvas.fill()
  canvas.stroke()
  canvas.strokeStyle = mark.tone === "failed" ? colour : palette.paper
  const step = length / pages
  if (step < 4) return
  for (let x = left + step; x < left + length - 1; x += step) line(canvas, x, mark.y - 4, x, mark.y + 4)
}

/**
 * Many things at one place: how many.
 *
 * @param {Canvas} canvas @param {Mark} mark @param {string} colour @param {Palette} palette
 */
function drawHeap(canvas, mark, colour, palette) {
  const count = mark.things.reduce((sum, each) => sum + (each.kind === "request" ? each.pages.length : 1), 0)
  const text = count < 10000 ? String(count) : `${Math.floor(count / 1000)}k`
  canvas.font = "600 11px system-ui, sans-serif"
  canvas.textAlign = "center"
  canvas.textBaseline = "middle"
  const half = Math.max(9, canvas.measureText(text).width / 2 + 5)
  canvas.beginPath()
  canvas.roundRect(middle(mark) - half, mark.y - 8, 2 * half, 16, mark.lane === -1 ? 4 : 8)
  canvas.fillStyle = mark.tone === "plain" ? palette["ink-soft"] : colour
  canvas.fill()
  canvas.lineWidth = 1.5
  canvas.strokeStyle = palette.paper
  canvas.stroke()
  canvas.fillStyle = palette.paper
  canvas.fillText(text, middle(mark), mark.y + 0.5)
}

/**
 * A ring around a change that was passed by, and an exclamation mark.
 *
 * @param {Canvas} canvas @param {Mark} mark @param {Palette} palette
 */
function drawAlarm(canvas, mark, palette) {
  const x = middle(mark)
  canvas.strokeStyle = palette.failed
  canvas.lineWidth = mark.tone === "lost" ? 2.5 : 1.5
  canvas.beginPath()
  canvas.arc(x, mark.y, 10, 0, 2 * Math.PI)
  canvas.stroke()
  canvas.fillStyle = palette.failed
  canvas.font = "700 12px system-ui, sans-serif"
  canvas.textAlign = "left"
  canvas.textBaseline = "alphabetic"
  // At the right of a loss stands the name of what may happen again there.
  canvas.fillText("!", mark.tone === "lost" ? x - 15 : x + 11, mark.y - 5)
}
