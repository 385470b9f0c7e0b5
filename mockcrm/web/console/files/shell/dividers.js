// The dividers between the areas of the screen: drag them, or move them by keyboard. Where they stand is remembered.

import { effect, signal } from "@preact/signals"
import { html } from "htm/preact"

import { settings } from "../data/stored.js"

const STEP = 2
const LEAST = 15
const MOST = 80

/** @param {string} name @param {number} usual */
function share(name, usual) {
  const stored = Number(settings.get(name) ?? usual)
  const found = Object.assign(signal(stored >= LEAST && stored <= MOST ? stored : usual), { usual })
  effect(() => settings.set(name, String(found.value)))
  return found
}

/** How much of the width the calendar has, in percent. */
export const calendarShare = share("mockcrm.calendarShare", 60)
/** How much of the height the time axis has, in percent. */
export const axisShare = share("mockcrm.axisShare", 26)

/**
 * A divider. Between columns, `share` is that of the area at its left; between rows, that of the area below.
 *
 * @param {{share: typeof calendarShare, between: "columns" | "rows", label: string, controls: string}} props
 */
export function Divider({ share, between, label, controls }) {
  const [less, more] = between === "columns" ? ["ArrowLeft", "ArrowRight"] : ["ArrowDown", "ArrowUp"]
  /** @param {KeyboardEvent} event */
  const move = (event) => {
    const places = { [less]: share.value - STEP, [more]: share.value + STEP, Home: LEAST, End: MOST, Enter: share.usual }
    if (!(event.key in places)) return
    event.preventDefault()
    set(share, places[event.key])
  }
  return html`
    <div
      class=${`divider ${between}`} role="separator" tabindex="0" aria-label=${label} aria-controls=${controls}
      aria-orientation=${between === "columns" ? "vertical" : "horizontal"}
      aria-valuenow=${share.value} aria-valuemin=${LEAST} aria-valuemax=${MOST} title="Drag, or double-click to set back"
      onKeyDown=${move} onPointerDown=${hold} onDblClick=${() => set(share, share.usual)}
      onPointerMove=${(/** @type {PointerEvent} */ event) => drag(event, share, between)}
    ></div>
  `
}

/** @param {typeof calendarShare} share @param {number} to */
function set(share, to) {
  share.value = Math.round(Math.min(MOST, Math.max(LEAST, to)) * 10) / 10
}

/** @param {PointerEvent} event */
function hold(event) {
  event.preventDefault()
  const divider = /** @type {HTMLElement} */ (event.currentTarget)
  divider.focus()
  divider.setPointerCapture(event.pointerId)
}

/** @param {PointerEvent} event @param {typeof calendarShare} share @param {"columns" | "rows"} between */
function drag(event, share, between) {
  const divider = /** @type {HTMLElement} */ (event.currentTarget)
  if (!divider.hasPointerCapture(event.pointerId)) return
  const { left, width, bottom, height } = /** @type {HTMLElement} */ (divider.parentElement).getBoundingClientRect()
  set(share, between === "columns" ? ((event.clientX - left) / width) * 100 : ((bottom - event.clientY) / height) * 100)
}
