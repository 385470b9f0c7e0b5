// Wheel, drag and pinch upon the plot.

import { moved, zoomed } from "./zoom.js"

/** @typedef {import("./zoom.js").Window & {scale: import("./scale.js").Scale}} Shown */
/**
 * @typedef {{shown: () => Shown | null, show: (window: import("./zoom.js").Window) => void,
 *   point: (x: number, y: number) => void, leave: () => void, press: (x: number, y: number) => void}} Does
 */

const A_DRAG = 4
const FOR_A_NOTCH = 0.0025

/** Listen upon an element; what is answered stops it. @param {HTMLElement} element @param {Does} does */
export function gesturesOn(element, does) {
  const fingers = /** @type {Map<number, {x: number, y: number}>} */ (new Map())
  let pressed = /** @type {{x: number, y: number} | null} */ (null)

  /** @param {PointerEvent} event */
  const down = (event) => {
    if (event.button !== 0) return
    fingers.set(event.pointerId, placeIn(element, event))
    pressed = fingers.size === 1 ? placeIn(element, event) : null
  }
  /** @param {PointerEvent} event */
  const move = (event) => {
    const [before, here] = [fingers.get(event.pointerId), placeIn(element, event)]
    if (!before) return does.point(here.x, here.y)
    if (pressed && Math.hypot(here.x - pressed.x, here.y - pressed.y) < A_DRAG) return
    pressed = null
    element.setPointerCapture(event.pointerId)
    drag(element, does, fingers, event.pointerId, here)
    fingers.set(event.pointerId, here)
  }
  /** @param {PointerEvent} event */
  const up = (event) => {
    if (pressed && event.type === "pointerup") does.press(pressed.x, pressed.y)
    pressed = null
    fingers.delete(event.pointerId)
  }
  /** @param {WheelEvent} event */
  const wheel = (event) => turn(element, does, event)
  const stop = new AbortController()
  const { signal } = stop
  element.addEventListener("pointerdown", down, { signal })
  element.addEventListener("pointermove", move, { signal })
  element.addEventListener("pointerup", up, { signal })
  element.addEventListener("pointercancel", up, { signal })
  element.addEventListener("pointerleave", does.leave, { signal })
  element.addEventListener("wheel", wheel, { signal, passive: false })
  return () => stop.abort()
}

/** @param {HTMLElement} element @param {MouseEvent} event */
function placeIn(element, event) {
  const { left, top } = element.getBoundingClientRect()
  return { x: event.clientX - left, y: event.clientY - top }
}

/**
 * One finger moves what is shown; two take it apart.
 *
 * @param {HTMLElement} element @param {Does} does @param {Map<number, {x: number, y: number}>} fingers
 * @param {number} id @param {{x: number, y: number}} here
 */
function drag(element, does, fingers, id, here) {
  const shown = does.shown()
  const before = fingers.get(id)
  if (!shown || !before) return
  const width = element.clientWidth
  const [other] = [...fingers].filter(([each]) => each !== id).map(([, place]) => place)
  if (other === undefined) return does.show(moved(shown, (before.x - here.x) / width, shown.scale))
  const factor = Math.max(Math.abs(before.x - other.x), 1) / Math.max(Math.abs(here.x - other.x), 1)
  does.show(zoomed(shown, factor, other.x / width, shown.scale))
}

/** Up and down zooms, sideways moves. @param {HTMLElement} element @param {Does} does @param {WheelEvent} event */
function turn(element, does, event) {
  const shown = does.shown()
  if (!shown) return
  event.preventDefault()
  const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    return does.show(moved(shown, (sideways * unit) / element.clientWidth, shown.scale))
  }
  const factor = Math.exp(event.deltaY * unit * FOR_A_NOTCH)
  does.show(zoomed(shown, factor, placeIn(element, event).x / element.clientWidth, shown.scale))
}
