// The line above the plot: what is shown, and by which scale.

import { html } from "htm/preact"

import { changes, gaps, requests } from "../data/feed.js"
import { counted } from "../shell/parts.js"
import { Legend } from "./legend.js"
import { missed } from "./missed.js"
import { fold, folded } from "./folded.js"
import { showZoom, zoom } from "./scene.js"
import { ZOOM_STEP, zoomBy } from "./keyboard.js"

const SPANS = /** @type {const} */ ([
  ["minutes", "Last 5 min"], ["hour", "Last hour"], ["day", "Last day"], ["all", "Everything"],
])
const SCALES = /** @type {const} */ ([
  ["order", "By order", "Each instant has room, and idle time is short"],
  ["time", "By time", "A minute is as long as any other"],
])

/** @param {{plotted: boolean}} props whether there is a plot, and not a list */
export function Bar({ plotted }) {
  return html`
    <div class="axis-bar">
      <button class="quiet" aria-expanded=${!folded.value} onClick=${fold}>
        <span aria-hidden="true">${folded.value ? "▸" : "▾"}</span> Time axis
      </button>
      <${Summary} />
      ${plotted && !folded.value && html`<${Zooms} /><${Legend} />`}
    </div>
  `
}

function Summary() {
  const lost = [...missed.value.values()].filter((each) => each.some((one) => one.recoveredBy === null)).length
  const unread = [...gaps.changes.value, ...gaps.requests.value].reduce((sum, { from, to }) => sum + to - from, 0)
  return html`
    <span class="axis-summary">
      ${counted(changes.value.length, "change")}, ${counted(requests.value.length, "request")}
      ${lost > 0 && html`<span class="tag error">${lost.toLocaleString("en")} out of reach</span>`}
      ${unread > 0 && html`<span class="tag warning">${unread.toLocaleString("en")} not shown</span>`}
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
