// The line above the plot: what is shown, and by which scale.

import { html } from "htm/preact"

import { changes, requests } from "../data/feed.js"
import { counted } from "../shell/parts.js"
import { Legend } from "./legend.js"
import { missed } from "./missed.js"
import { height, showZoom, zoom } from "./scene.js"
import { fold, LEAST_HEIGHT, MOST_HEIGHT, setHeight, settings } from "./settings.js"
import { ZOOM_STEP, zoomBy } from "./walk.js"

const SPANS = /** @type {const} */ ([
  ["minutes", "Last 5 min"], ["hour", "Last hour"], ["day", "Last day"], ["all", "Everything"],
])
const SCALES = /** @type {const} */ ([
  ["order", "By order", "Each instant has room, and idle time is short"],
  ["time", "By time", "A minute is as long as any other"],
])

/** @param {{plotted: boolean}} props whether there is a plot, and not a list */
export function Bar({ plotted }) {
  const { folded } = settings.value
  return html`
    ${plotted && !folded && html`<${Edge} />`}
    <div class="axis-bar">
      <button class="quiet" aria-expanded=${!folded} onClick=${fold}>
        <span aria-hidden="true">${folded ? "▸" : "▾"}</span> Time axis
      </button>
      <${Summary} />
      ${plotted && !folded && html`<${Zooms} /><${Legend} />`}
    </div>
  `
}

function Summary() {
  const lost = [...missed.value.values()].filter((each) => each.some((one) => one.recoveredBy === null)).length
  return html`
    <span class="axis-summary">
      ${counted(changes.value.length, "change")}, ${counted(requests.value.length, "request")}
      ${lost > 0 && html`<span class="tag error">${lost.toLocaleString("en")} out of reach</span>`}
    </span>
  `
}

function Zooms() {
  const { shown, by } = zoom.value
  return html`
    <div class="axis-group" role="group" aria-label="Time shown">
      ${SPANS.map(
        ([name, text]) => html`
          <button key=${name} aria-pressed=${shown === name} onClick=${() => showZoom({ shown: name, by })}>
            ${text}
          </button>
        `,
      )}
    </div>
    <div class="axis-group" role="group" aria-label="Scale">
      ${SCALES.map(
        ([name, text, why]) => html`
          <button key=${name} title=${why} aria-pressed=${by === name} onClick=${() => showZoom({ shown, by: name })}>
            ${text}
          </button>
        `,
      )}
    </div>
    <div class="axis-group">
      <button aria-label="Zoom out" title="Zoom out" onClick=${() => zoomBy(ZOOM_STEP)}>−</button>
      <button aria-label="Zoom in" title="Zoom in" onClick=${() => zoomBy(1 / ZOOM_STEP)}>+</button>
    </div>
  `
}

const STEP = 16

/** The upper edge, by which the plot is made higher or lower. */
function Edge() {
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const step = { ArrowUp: STEP, ArrowDown: -STEP }[event.key]
    if (step === undefined) return
    event.preventDefault()
    setHeight(height.value + step)
  }
  /** @param {PointerEvent} event */
  const onMove = (event) => {
    if (event.buttons === 1) setHeight(height.value - event.movementY)
  }
  /** @param {PointerEvent} event */
  const onDown = (event) => /** @type {HTMLElement} */ (event.currentTarget).setPointerCapture(event.pointerId)
  return html`
    <div
      class="axis-edge" role="separator" aria-orientation="horizontal" aria-label="Height of the time axis" tabindex="0"
      aria-valuenow=${height.value} aria-valuemin=${LEAST_HEIGHT} aria-valuemax=${MOST_HEIGHT}
      onKeyDown=${onKey} onPointerDown=${onDown} onPointerMove=${onMove}
    ></div>
  `
}
