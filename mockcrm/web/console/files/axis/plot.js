// The plot: the labels of the lanes, the canvases, and the marks as a list for keyboard and screen reader.

import { effect } from "@preact/signals"
import { html } from "htm/preact"
import { useEffect, useRef } from "preact/hooks"

import { selected } from "../data/address.js"
import { zone } from "../data/time.js"
import { counted } from "../shell/parts.js"
import { theme } from "../shell/theme.js"
import { gesturesOn } from "./gestures.js"
import { RULER_HEIGHT } from "./lanes.js"
import { markAt } from "./marks.js"
import { open } from "./open.js"
import { paint } from "./paint.js"
import { readPalette } from "./palette.js"
import {
  at, bringIntoSight, cssLength, height, hovered, lanes, magnification, markByThing, marks, selectedKeys, show, shown,
  story, width, zoom,
} from "./scene.js"
import { Tip } from "./tip.js"
import { beginAtNewest, onKey, optionId, Options, focused } from "./keyboard.js"

export function Plot() {
  const plot = useRef(/** @type {HTMLDivElement | null} */ (null))
  const under = useRef(/** @type {HTMLCanvasElement | null} */ (null))
  const over = useRef(/** @type {HTMLCanvasElement | null} */ (null))
  useEffect(() => startPlot(plot.current, under.current, over.current), [])
  const current = focused()
  const { changes, lanes: clients } = story.value
  const what = `${counted(changes.length, "change")}, ${counted(clients.length, "client")}`
  return html`
    <div class="axis-body">
      <${Labels} />
      <div
        class="axis-plot" ref=${plot} role="listbox" tabindex="0" style=${{ height: cssLength(lanes.value.height) }}
        aria-label=${`Marks on the time axis: ${what}. The arrow keys move from one to the next.`}
        aria-activedescendant=${current ? optionId(current) : undefined}
        onKeyDown=${onKey} onFocus=${beginAtNewest} onBlur=${() => (at.value = "")}
      >
        <canvas ref=${under} aria-hidden="true"></canvas>
        <canvas ref=${over} aria-hidden="true"></canvas>
        <${Options} />
        ${clients.length === 0 && html`<${NoClient} />`}
      </div>
    </div>
    <${Tip} plot=${plot} />
  `
}

function NoClient() {
  return html`
    <p class="axis-no-client">
      No client has asked yet. Each gets a lane here: a dot for each request, and a line back to its watermark.
    </p>
  `
}

function Labels() {
  const { lanes: clients, leftOut } = story.value
  const others = leftOut.slice(0, 20).join(", ").slice(0, 400)
  return html`
    <div class="axis-labels" style=${{ height: cssLength(lanes.value.height) }}>
      <div class="axis-label crm"><b>CRM</b><span><i>stamped</i><i>committed</i><i>in lists</i></span></div>
      ${clients.map(({ client, earlier }, index) => {
        const { top, height: high } = lanes.value.lanes[index]
        const style = { top: cssLength(top), height: cssLength(high) }
        return html`
          <div class="axis-label" key=${`${client} ${earlier}`} title=${client.slice(0, 200)} style=${style}>
            <span>${client.slice(0, 60)}</span>${earlier && html`<i>, before</i>`}
          </div>
        `
      })}
      <div class="axis-label zone" style=${{ top: cssLength(lanes.value.ruler), height: cssLength(RULER_HEIGHT) }}>
        <span>${zone.value}</span>
        ${leftOut.length > 0 && html`<span title=${others}>${counted(leftOut.length, "more client")}</span>`}
      </div>
    </div>
  `
}

/**
 * Follow size, colours and selection, listen to the pointer, and paint.
 *
 * @param {HTMLDivElement | null} plot @param {HTMLCanvasElement | null} under @param {HTMLCanvasElement | null} over
 */
function startPlot(plot, under, over) {
  const [below, above] = [under?.getContext("2d"), over?.getContext("2d")]
  if (!plot || !below || !above) return
  const stops = [
    followSize(plot),
    followColours(plot),
    effect(bringSelection),
    paint(below, above),
    gesturesOn(plot, { shown: () => shown.value, show, point, leave, press }),
  ]
  return () => stops.forEach((stop) => stop())
}

/** @param {HTMLElement} plot */
function followSize(plot) {
  const around = /** @type {HTMLElement} */ (plot.parentElement)
  const measure = () => {
    width.value = plot.clientWidth / magnification.value
    height.value = around.clientHeight / magnification.value
  }
  const observer = new ResizeObserver(measure)
  observer.observe(plot)
  observer.observe(around)
  const stop = effect(measure)
  return () => (observer.disconnect(), stop())
}

/** @param {HTMLElement} plot */
function followColours(plot) {
  const dark = matchMedia("(prefers-color-scheme: dark)")
  const read = () => readPalette(plot)
  dark.addEventListener("change", read)
  const stop = effect(() => {
    void theme.value
    read()
  })
  return () => (dark.removeEventListener("change", read), stop())
}

/**
 * What is selected anywhere in the page comes into sight; after that one may look elsewhere. But an event does not, as
 * long as the axis goes along with the clock: who opens one looks at the calendar, and its card has a link to the axis.
 */
function bringSelection() {
  const keys = [...selectedKeys.value]
  if (selected()?.kind === "event" && typeof zoom.peek().shown === "string") return
  const found = keys.map((key) => markByThing.peek().get(key)).filter((each) => each !== undefined)
  if (found.length && found.every(({ x, end }) => end < 0 || x > width.peek())) bringIntoSight(found[0])
}

/** The mark at a point of the plot, in pixels. @param {number} x @param {number} y */
const markUnder = (x, y) => markAt(marks.value, x / magnification.value, y / magnification.value)

/** @param {number} x @param {number} y */
function point(x, y) {
  const mark = markUnder(x, y)
  if (mark !== hovered.value) hovered.value = mark
}

function leave() {
  hovered.value = null
}

/** @param {number} x @param {number} y */
function press(x, y) {
  const mark = markUnder(x, y)
  if (mark) open(mark)
}
