// Draws the lines: what reads reach back to, from changes to their stamps, and to the requests that passed them by.

import { ROWS } from "./lanes.js"
import { hasFailed, middle } from "./marks.js"
import { pageKeys } from "./story.js"

/** @typedef {CanvasRenderingContext2D} Canvas */
/** @typedef {import("./draw.js").Scene} Scene */
/** @typedef {import("./palette.js").Palette} Palette */

/** @param {Canvas} canvas @param {number} x @param {number} y @param {number} toX @param {number} toY */
export function line(canvas, x, y, toX, toY) {
  canvas.beginPath()
  canvas.moveTo(x, y)
  canvas.lineTo(toX, toY)
  canvas.stroke()
}

/**
 * What each delta read asked for: from its watermark, a step down to the request.
 *
 * @param {Canvas} canvas @param {Scene} scene @param {Scene["reaches"][0]} reaches
 * @param {import("./lanes.js").Lane} lane
 */
export function drawReaches(canvas, scene, reaches, lane) {
  canvas.lineWidth = 1.5
  for (const { from, to, level, request } of reaches) {
    const [left, right] = [scene.place(from), scene.place(to)]
    if (right < 0 || left > scene.width) continue
    const usual = request.earlier ? scene.palette["ink-soft"] : scene.palette.accent
    canvas.strokeStyle = hasFailed(request) ? scene.palette["line-strong"] : usual
    canvas.setLineDash(hasFailed(request) ? [3, 3] : [])
    reach(canvas, left, right, lane.reach(level), lane.marks)
  }
  canvas.setLineDash([])
}

/** @param {Canvas} canvas @param {number} left @param {number} right @param {number} y @param {number} marks */
export function reach(canvas, left, right, y, marks) {
  canvas.beginPath()
  canvas.moveTo(left, y - 3.5)
  canvas.lineTo(left, y + 3.5)
  canvas.moveTo(left, y)
  canvas.lineTo(right, y)
  canvas.lineTo(right, marks - 5)
  canvas.stroke()
}

/** How many lines of one kind are drawn at most. */
const MOST_LINES = 400

/**
 * From changes to their stamps and to when lists show them, where these differ from the commit.
 *
 * @param {Canvas} canvas @param {Scene} scene
 */
export function drawSpans(canvas, { story, place, width, palette }) {
  canvas.lineWidth = 1.25
  let lines = 0
  for (const change of story.changes) {
    if (lines > MOST_LINES) break
    if (change.stamp === change.at && change.visible <= change.at) continue
    const [x, stamp, shown] = [place(change.at), place(change.stamp), place(change.visible)]
    if (Math.max(x, stamp, shown) < 0 || Math.min(x, stamp, shown) > width) continue
    canvas.strokeStyle = canvas.fillStyle = palette["ink-soft"]
    if (change.stamp !== change.at) drawStamp(canvas, x, stamp)
    if (change.visible > change.at) drawShown(canvas, x, shown, palette)
    lines += 1
  }
}

/** @param {Canvas} canvas @param {number} x @param {number} stamp */
export function drawStamp(canvas, x, stamp) {
  line(canvas, x, ROWS.committed, stamp, ROWS.stamped)
  canvas.fillRect(stamp - 1, ROWS.stamped - 5, 2, 10)
}

/** @param {Canvas} canvas @param {number} x @param {number} shown @param {Palette} palette */
export function drawShown(canvas, x, shown, palette) {
  canvas.setLineDash([4, 3])
  line(canvas, x, ROWS.committed, shown, ROWS.shown)
  canvas.setLineDash([])
  canvas.beginPath()
  canvas.arc(shown, ROWS.shown, 3.5, 0, 2 * Math.PI)
  canvas.fillStyle = palette.paper
  canvas.fill()
  canvas.stroke()
}

/** From each change that was passed by to the request that did so. @param {Canvas} canvas @param {Scene} scene */
export function drawPasses(canvas, scene) {
  canvas.lineWidth = 2.25
  const drawn = new Set()
  for (const pass of scene.passes.slice(-MOST_LINES)) {
    const ends = [pass.change, pass.request].map((key) => scene.markByThing.get(key)?.key).join()
    if (!drawn.has(ends)) drawPass(canvas, scene, pass)
    drawn.add(ends)
  }
}

/**
 * A request that asked since a later instant than the stamp: from the stamp down, dashed over the time that was not
 * asked for, and along what the request reaches back to. Any other request: straight to it.
 *
 * @param {Canvas} canvas @param {Scene} scene @param {import("./relations.js").Relation} pass
 */
export function drawPass(canvas, scene, { change: key, request }) {
  const [from, to] = [scene.markByThing.get(key), scene.markByThing.get(request)]
  const change = from?.things.find((each) => each.key === key)
  if (!from || !to || change?.kind !== "change") return
  canvas.strokeStyle = canvas.fillStyle = scene.palette.failed
  const lane = scene.lanes.lanes[to.lane]
  const found = scene.reaches[to.lane].find((each) => to.things.includes(each.request) && pageKeys(each.request).includes(request))
  if (!found || found.from <= change.stamp) return arch(canvas, middle(from), from.y + 7, middle(to), to.y - 7)
  const [stamp, since, y] = [scene.place(change.stamp), scene.place(found.from), lane.reach(found.level)]
  if (change.stamp !== change.at) drawStamp(canvas, middle(from), stamp)
  line(canvas, stamp, change.stamp === change.at ? from.y + 7 : ROWS.stamped, stamp, y)
  canvas.setLineDash([3, 3])
  line(canvas, stamp, y, since, y)
  canvas.setLineDash([])
  reach(canvas, since, scene.place(found.to), y, lane.marks)
}

/**
 * A line that leaves downwards and arrives from above.
 *
 * @param {Canvas} canvas @param {number} x @param {number} y @param {number} toX @param {number} toY
 */
export function arch(canvas, x, y, toX, toY) {
  const bend = (toY - y) / 2
  canvas.beginPath()
  canvas.moveTo(x, y)
  canvas.bezierCurveTo(x, y + bend, toX, toY - bend, toX, toY)
  canvas.stroke()
}
