// The keyboard's way along the axis: from mark to mark in the order of time, each with its sentence.

import { html } from "htm/preact"

import { at, bringIntoSight, hovered, markByThing, marks, show, showZoom, shown, zoom } from "./scene.js"
import { open } from "./open.js"
import { markSentence } from "./sentences.js"
import { zoomed } from "./zoom.js"

/** @typedef {import("./marks.js").Mark} Mark */

/** How many marks before and after the current one a screen reader finds. */
const AROUND = 12

/** The mark that the keyboard is at. */
export function focused() {
  return markByThing.value.get(at.value) ?? null
}

/** @param {Mark} mark */
export function optionId(mark) {
  return `axis-${mark.key.replace(":", "-")}`
}

/** The marks near the current one, as options of the list that the plot is. */
export function Options() {
  const current = focused()
  const index = current ? marks.value.indexOf(current) : 0
  const around = current ? AROUND : 0
  const from = Math.max(index - around, 0)
  return marks.value.slice(from, index + around + 1).map(
    (mark, offset) => html`
      <div
        role="option" id=${optionId(mark)} key=${mark.key} class="visually-hidden" aria-selected=${mark === current}
        aria-setsize=${marks.value.length} aria-posinset=${from + offset + 1}
      >${markSentence(mark)}</div>
    `,
  )
}

/** What the keys and buttons zoom by. */
export const ZOOM_STEP = 1.6

/** @type {Record<string, () => void>} */
const KEYS = {
  ArrowRight: () => focusOn(marks.value[indexNow() + 1] ?? marks.value.at(-1)),
  ArrowLeft: () => focusOn(marks.value[Math.max(indexNow() - 1, 0)]),
  ArrowUp: () => focusOn(beside(-1)),
  ArrowDown: () => focusOn(beside(1)),
  Home: () => focusOn(marks.value[0]),
  End: () => focusOn(marks.value.at(-1)),
  Enter: () => openFocused(),
  "+": () => zoomBy(1 / ZOOM_STEP),
  "-": () => zoomBy(ZOOM_STEP),
  "0": () => showZoom({ ...zoom.value, shown: "all" }),
}

/** @param {KeyboardEvent} event */
export function onKey(event) {
  const does = KEYS[event.key]
  if (does === undefined || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  event.stopPropagation()
  does()
}

/** When the focus comes by the keyboard: begin at the newest mark. @param {FocusEvent} event */
export function beginAtNewest(event) {
  const seen = /** @type {HTMLElement} */ (event.target).matches(":focus-visible")
  if (seen && focused() === null) focusOn(marks.value.at(-1))
}

/** Who has clicked before goes on from where the pointer is. */
function indexNow() {
  const current = focused() ?? hovered.value
  return current ? marks.value.indexOf(current) : -1
}

/** @param {Mark | undefined} mark */
function focusOn(mark) {
  if (mark === undefined) return
  at.value = mark.key
  bringIntoSight(mark)
}

/** The nearest mark in the lane above or below. @param {number} step */
function beside(step) {
  const current = focused()
  if (!current) return marks.value[0]
  const lane = marks.value.filter((each) => each.lane === current.lane + step)
  return lane.toSorted((one, other) => away(one, current) - away(other, current))[0]
}

/** @param {Mark} one @param {Mark} other */
function away(one, other) {
  return Math.max(one.x - other.end, other.x - one.end, 0)
}

function openFocused() {
  const mark = focused()
  if (mark) open(mark)
}

/** @param {number} factor */
export function zoomBy(factor) {
  if (shown.value) show(zoomed(shown.value, factor, 0.5, shown.value.scale))
}
