// The scene: the story at its place on the screen, worked out anew when what it is made of has changed.

import { computed, signal } from "@preact/signals"

import { address, go, selected } from "../data/address.js"
import { changes, changesByEvent, clock, findings, requests } from "../data/feed.js"
import { now, zone } from "../data/time.js"
import { tourName } from "../data/tour.js"
import { rem } from "../shell/large-type.js"
import { layout } from "../shell/layout.js"
import { lanesIn, ROWS } from "./lanes.js"
import { byThing, marksOf } from "./marks.js"
import { earlier, losses, lossPasses } from "./earlier.js"
import { accounts, missed } from "./missed.js"
import { keysOf, passedBy, relationsOf } from "./relations.js"
import { byOrder, byTime } from "./scale.js"
import { storyOf } from "./story.js"
import { breaksOf, ticksOf } from "./ticks.js"
import { levelsOf } from "./watermark.js"
import { moved, readZoom, windowOf, zoomText, zoomTo } from "./zoom.js"

/** How many units of the drawing a `rem` has. */
const UNITS = 16
/** How many pixels of the page a unit of the drawing has: it grows with the type. */
export const magnification = computed(() => rem.value / UNITS)
/** The width of the plot, in units of the drawing; 0 as long as there is none. */
export const width = signal(0)
/** The height that there is for the plot, in units of the drawing. */
export const height = signal(0)
/** A length in the drawing for a style of the page. @param {number} units */
export const cssLength = (units) => `${units / UNITS}rem`
/** The key of the mark that the keyboard is at; empty if it is at none. */
export const at = signal("")
/** The mark that the pointer is over. */
export const hovered = signal(/** @type {import("./marks.js").Mark | null} */ (null))

export const story = computed(() =>
  storyOf(changes.value, requests.value, accounts.value, earlier.value, losses.value),
)

/** What a gesture shows, before the address says so. */
const held = signal(/** @type {import("./zoom.js").Zoom | null} */ (null))
// Of the address, only this: what else it says moves no mark.
const addressed = computed(() => address.value.axis)
/** A demo goes on all the time: its last minutes are shown, unless somebody wants to see more. A tour is short. */
const usual = computed(() => (layout.value === "demo" && tourName.value === "" ? "minutes" : "all"))
export const zoom = computed(() => held.value ?? readZoom(addressed.value || usual.value))

// The scale stays as it is while one zooms.
const by = computed(() => zoom.value.by)

/** While the clock runs, the end of the axis is ahead of it, and goes on in steps: few things move at a tick. */
const AHEAD = 1.25

/** The end of the axis: after all that happened at the sandbox's now. */
const end = computed(() => {
  if (now.value === null) return null
  const after = 0.999
  if (clock.value?.mode !== "running") return now.value + after
  const last = story.value.knots.findLast((each) => each.at <= (now.value ?? 0))?.at ?? now.value
  const gone = Math.max(now.value - last, 1000)
  return Math.round(last + AHEAD ** Math.ceil(Math.log(gone) / Math.log(AHEAD))) + after
})

const scale = computed(() => {
  if (end.value === null) return null
  const knot = /** @type {import("./scale.js").Knot} */ ({ at: end.value, kind: "edge" })
  const knots = [...story.value.knots, knot].sort((one, other) => one.at - other.at)
  return by.value === "time" ? byTime(knots) : byOrder(knots)
})

/** What is shown of the scale; null as long as nothing is known. */
export const shown = computed(() => {
  if (scale.value === null || end.value === null) return null
  return { scale: scale.value, ...windowOf(zoom.value, scale.value, end.value) }
})

/** The place of an instant on the screen; null as long as nothing is known. */
export const place = computed(() => {
  const view = shown.value
  if (view === null || width.value === 0) return null
  const { scale, from, to } = view
  const wide = width.value
  return (/** @type {number} */ instant) => ((scale.position(instant) - from) / (to - from)) * wide
})

export const lanes = computed(() => lanesIn(story.value.lanes.length, height.value))

/** All marks, also those beside the screen, from left to right. */
export const marks = computed(() =>
  place.value === null ? [] : marksOf(story.value, missed.value, place.value, lanes.value, ROWS.committed),
)

/** The mark of each thing, by `change:12` or `request:3`. */
export const markByThing = computed(() => byThing(marks.value))

/** Where each delta read reaches back to, with the height at which that is drawn; for each client. */
export const reaches = computed(() =>
  story.value.lanes.map(({ things }) => {
    const found = things.flatMap((request) =>
      request.since === null ? [] : [{ from: request.since, to: request.at, request }],
    )
    const levels = levelsOf(found)
    return found.map((each, index) => ({ ...each, level: levels[index] }))
  }),
)

/** Times on the ruler, and the idle time between them. */
export const ruler = computed(() => {
  if (shown.value === null || place.value === null) return { ticks: [], breaks: [] }
  const { scale, from, to } = shown.value
  const edges = { from: scale.instant(from), to: scale.instant(to) }
  return {
    ticks: ticksOf(scale, place.value, width.value, edges, zone.value),
    breaks: breaksOf(scale, place.value, width.value),
  }
})

/** The keys of what is selected in the page. */
export const selectedKeys = computed(() => {
  const one = selected()
  const ofEvent = one?.kind === "event" ? (changesByEvent.value.get(one.id) ?? []) : []
  return new Set(keysOf(one, ofEvent, one?.kind === "finding" ? findings.value.get(Number(one.id)) : undefined))
})

export const relations = computed(() => relationsOf(story.value, selectedKeys.value, missed.value))
export const passes = computed(() => [...passedBy(missed.value), ...lossPasses.value])

/** A browser lets an address change a few times a second, but a gesture shows something else at each frame. */
const SETTLED = 200
let settling = 0

/** @param {import("./zoom.js").Zoom} wanted */
export function showZoom(wanted) {
  held.value = wanted
  clearTimeout(settling)
  settling = setTimeout(() => {
    go({ axis: zoomText(wanted) }, { replace: true })
    held.value = null
  }, SETTLED)
}

/** Show this window of the scale. @param {import("./zoom.js").Window} window */
export function show(window) {
  if (shown.value) showZoom(zoomTo(window, shown.value.scale))
}

/** Have a mark in sight. @param {import("./marks.js").Mark} mark */
export function bringIntoSight({ x, end }) {
  const view = shown.peek()
  const [wide, middle] = [width.peek(), (x + end) / 2]
  if (view && wide > 0 && (middle < 0 || middle > wide)) show(moved(view, middle / wide - 0.5, view.scale))
}
