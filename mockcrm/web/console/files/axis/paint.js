// Paints the two canvases: the marks when one has moved, and what lies over them when that has changed.

import { computed, effect, untracked } from "@preact/signals"

import { requests } from "../data/feed.js"
import { kinds } from "../data/kinds.js"
import { now } from "../data/time.js"
import { draw } from "./draw.js"
import { drawOver } from "./overlay.js"
import { palette } from "./palette.js"
import {
  cssLength, hovered, lanes, magnification, markByThing, marks, passes, place, reaches, relations, ruler, selectedKeys,
  story, width,
} from "./scene.js"
import { travel, waysOf } from "./travel.js"
import { focused } from "./keyboard.js"

/** @returns {import("./draw.js").Scene | null} */
function sceneNow() {
  if (place.value === null || palette.value === null) return null
  // Marks of records have names as soon as the kinds are known.
  void kinds()
  return {
    magnification: magnification.value, width: width.value, place: place.value, lanes: lanes.value, marks: marks.value, markByThing: markByThing.value,
    story: story.value, reaches: reaches.value, ruler: ruler.value, passes: passes.value,
    palette: palette.value,
  }
}

/** What the canvas with the marks shows; null as long as there is nothing. */
export const scene = computed(sceneNow)
/** Now, to the pixel: the line moves no oftener than that. */
const nowPlace = computed(() => (place.value && now.value !== null ? Math.round(place.value(now.value + 0.999)) : null))
const over = computed(() => ({
  now: nowPlace.value, keys: selectedKeys.value, relations: relations.value, pointed: hovered.value, focused: focused(),
}))

/**
 * Paint whenever something has changed, until what is answered is called.
 *
 * @param {CanvasRenderingContext2D} below @param {CanvasRenderingContext2D} above
 */
export function paint(below, above) {
  const paintBelow = () => scene.value && draw(sized(below, scene.value), scene.value)
  const paintAbove = () => scene.value && drawOver(sized(above, scene.value), scene.value, over.value)
  const stops = [
    onChange(() => [scene.value], paintBelow),
    onChange(() => [scene.value, over.value], paintAbove),
    onNewRequests((keys) => {
      const shown = scene.value
      if (shown) travel(above, waysOf(shown, keys), shown.palette.accent, paintAbove)
    }),
  ]
  return () => stops.forEach((stop) => stop())
}

/**
 * At the next frame after something that `reads` reads has changed.
 *
 * @param {() => unknown} reads @param {() => unknown} does
 */
function onChange(reads, does) {
  let waiting = 0
  const stop = effect(() => {
    reads()
    cancelAnimationFrame(waiting)
    waiting = requestAnimationFrame(() => untracked(does))
  })
  return () => (cancelAnimationFrame(waiting), stop())
}

/**
 * Call `does` with the keys of the requests that have come since the page knew what was there before.
 *
 * @param {(keys: Set<string>) => void} does
 */
function onNewRequests(does) {
  let newest = Infinity
  return effect(() => {
    const answered = requests.value.filter((each) => each.completedAt !== null)
    const fresh = answered.filter((each) => each.number > newest)
    newest = answered.at(-1)?.number ?? 0
    const keys = new Set(fresh.map((each) => `request:${each.number}`))
    // By the next frame they have their marks.
    if (keys.size) requestAnimationFrame(() => does(keys))
  })
}

/**
 * The canvas as large as the plot, in the pixels of the screen.
 *
 * @param {CanvasRenderingContext2D} context @param {import("./draw.js").Scene} scene
 */
function sized(context, { magnification, width, lanes: { height } }) {
  const { canvas } = context
  const scale = magnification * devicePixelRatio
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)]
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide
    canvas.height = high
    canvas.style.width = cssLength(width)
    canvas.style.height = cssLength(height)
  }
  context.setTransform(scale, 0, 0, scale, 0, 0)
  return context
}
