// Draws over the marks: now, what is selected and what belongs to it, where pointer and keyboard are.

import { ROWS } from "./lanes.js"
import { arch, drawPass, drawShown, drawStamp, line, reach } from "./lines.js"
import { middle } from "./marks.js"

/** @typedef {CanvasRenderingContext2D} Canvas */
/** @typedef {import("./draw.js").Scene} Scene */
/** @typedef {import("./marks.js").Mark} Mark */
/**
 * What lies over the marks; `now` is a place.
 * @typedef {{now: number | null, keys: Set<string>, relations: import("./relations.js").Relation[],
 *   pointed: Mark | null, focused: Mark | null}} Over
 */

/** @param {Canvas} canvas @param {Scene} scene @param {Over} over */
export function drawOver(canvas, scene, { now, keys, relations, pointed, focused }) {
  canvas.clearRect(0, 0, scene.width, scene.lanes.height)
  if (now !== null) drawNow(canvas, scene, now)
  for (const each of relations) drawRelation(canvas, scene, each)
  for (const key of keys) drawSelected(canvas, scene, key)
  if (pointed) ring(canvas, pointed, scene.palette.accent, 1.5)
  if (focused) ring(canvas, focused, scene.palette.accent, 2.5)
}

/** @param {Canvas} canvas @param {Scene} scene @param {number} x */
function drawNow(canvas, { lanes, palette }, x) {
  canvas.strokeStyle = canvas.fillStyle = palette.accent
  canvas.lineWidth = 1.5
  line(canvas, x, 0, x, lanes.ruler + 4)
  canvas.font = "600 11px system-ui, sans-serif"
  canvas.textAlign = x < 32 ? "left" : "right"
  canvas.textBaseline = "top"
  canvas.fillText("now", x < 32 ? x + 4 : x - 4, 2)
}

/** @param {Canvas} canvas @param {Scene} scene @param {import("./relations.js").Relation} relation */
function drawRelation(canvas, scene, relation) {
  const [from, to] = [scene.markByThing.get(relation.change), scene.markByThing.get(relation.request)]
  if (!from || !to) return
  canvas.lineWidth = relation.how === "passedBy" ? 3 : 2
  if (relation.how === "passedBy") return drawPass(canvas, scene, relation)
  canvas.strokeStyle = scene.palette.accent
  canvas.setLineDash(relation.how === "wrote" ? [2, 3] : [])
  arch(canvas, middle(from), from.y + 8, middle(to), to.y - 8)
  canvas.setLineDash([])
}

/** @param {Canvas} canvas @param {Scene} scene @param {string} key */
function drawSelected(canvas, scene, key) {
  const mark = scene.markByThing.get(key)
  if (!mark) return
  const thing = mark.things.find((each) => each.key === key) ?? mark.things[0]
  canvas.strokeStyle = canvas.fillStyle = scene.palette.accent
  if (thing.kind === "change") drawTimes(canvas, scene, thing)
  else drawReach(canvas, scene, thing)
  ring(canvas, mark, scene.palette.accent, 2.5)
}

/**
 * A change: its stamp, and when lists show it, down through all lanes, so that one sees which reads reach back to it.
 *
 * @param {Canvas} canvas @param {Scene} scene @param {import("./story.js").AxisChange} change
 */
function drawTimes(canvas, scene, change) {
  const [x, stamp, shown] = [change.at, change.stamp, change.visible].map(scene.place)
  canvas.lineWidth = 2
  if (stamp !== x) drawStamp(canvas, x, stamp)
  if (shown > x) drawShown(canvas, x, shown, scene.palette)
  canvas.lineWidth = 1
  canvas.setLineDash([2, 3])
  line(canvas, stamp, ROWS.stamped, stamp, scene.lanes.ruler)
  canvas.setLineDash([])
}

/**
 * A delta read: the time that it asked for, also in the CRM's lane.
 *
 * @param {Canvas} canvas @param {Scene} scene @param {import("./story.js").AxisRequest} request
 */
function drawReach(canvas, scene, request) {
  const lane = scene.story.lanes.findIndex(({ things }) => things.includes(request))
  const found = scene.reaches[lane]?.find((each) => each.request === request)
  if (!found) return
  const [left, right] = [scene.place(found.from), scene.place(found.to)]
  const { marks, reach: heightOf } = scene.lanes.lanes[lane]
  canvas.globalAlpha = 0.1
  canvas.fillRect(left, 0, right - left, marks)
  canvas.globalAlpha = 1
  canvas.lineWidth = 3
  reach(canvas, left, right, heightOf(found.level), marks)
}

/** @param {Canvas} canvas @param {Mark} mark @param {string} colour @param {number} width */
function ring(canvas, { x, end, y, things }, colour, width) {
  const more = things.length > 1 ? 10 : 0
  canvas.strokeStyle = colour
  canvas.lineWidth = width
  canvas.beginPath()
  canvas.roundRect(x - 11 - more, y - 11, end - x + 22 + 2 * more, 22, 11)
  canvas.stroke()
}
