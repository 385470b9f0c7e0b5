// The guided tour of a demo that plays: which card it is at, what its cards say, and how its runs have ended.

import { computed, effect, signal } from "@preact/signals"

import { call } from "./api.js"
import { DEMO_PATH, demoTold, readDemo } from "./demo.js"
import { ask, audit } from "./feed.js"

/** @typedef {import("./types.js").Schemas["Tour"]} Tour */
/** @typedef {import("./types.js").Schemas["WholeTour"]} WholeTour */
/** @typedef {import("./types.js").Schemas["TourRun"]} TourRun */
/** @typedef {import("./types.js").Schemas["EarlierRun"]} EarlierRun */

export const TOUR_PATH = `${DEMO_PATH}/tour`
/** How long the server may wait with its answer while steps are being played. */
const WAIT = "5s"

/** The tours that can be started. */
export const tours = computed(() => demoTold.value?.tours ?? [])
/** The tour that plays, as far as it has come; null where none does. */
export const tour = computed(() => demoTold.value?.tour ?? null)

/** The name of the tour that plays; empty if none does. */
export const tourName = computed(() => tour.value?.name ?? "")

/** Whether a tour plays in the page around this one, which leads it. */
export const tourAround = signal(false)
/** Whether a tour plays that this sandbox has a part in. */
export const touring = computed(() => tourAround.value || tourName.value !== "")

/** All that there is to see of it; null until it is known. */
export const wholeTour = signal(/** @type {WholeTour | null} */ (null))

/** The run that a card stands in: one about both clients stands at the end. @param {WholeTour["texts"][number]} text */
const runOf = ({ run }) => run ?? "careful"

/**
 * The run that has ended at the card where the tour stands; null if none ends there.
 *
 * @param {WholeTour} whole @returns {Tour["run"] | null}
 */
export function endedRun({ texts, card, moving }) {
  const run = runOf(texts[card - 1])
  return moving || card <= texts.findLastIndex((each) => runOf(each) === run) ? null : run
}

/** The run of the tour that has ended where it stands; null while one is under way, and where no tour plays. */
const ended = computed(() => {
  const run = wholeTour.value && endedRun(wholeTour.value)
  return run ? (wholeTour.value?.runs[run] ?? null) : null
})

/**
 * The verdict to show for all: the audit's. Of a tour it is the run's outcome, once that has ended; before, what has
 * not failed yet is `underWay`.
 */
export const shownVerdict = computed(() => {
  const verdict = audit.value?.verdict ?? "inconclusive"
  if (tour.value === null) return verdict
  if (ended.value === null) return verdict === "failed" ? verdict : "underWay"
  const { outcome } = ended.value
  return outcome === "passed" || outcome === "inconclusive" ? outcome : "failed"
})

/** @param {Tour} tour */
const stateOf = ({ name, card, run, moving }) => [name, card, run, moving].join()

let reading = false

/** Begin to follow the tour that plays, whenever one does. */
export function followTour() {
  effect(() => {
    if (tour.value === null) wholeTour.value = null
    else if (!isKnown(tour.value)) read()
  })
}

/** Whether the whole of the tour is known as it is. @param {Tour} tour */
function isKnown(tour) {
  const known = wholeTour.peek()
  return known !== null && !known.moving && stateOf(known) === stateOf(tour)
}

async function read() {
  if (reading) return
  reading = true
  try {
    await take(TOUR_PATH)
    if (wholeTour.peek()?.moving) await take(`${TOUR_PATH}?wait=${WAIT}`)
  } catch {
    // It has ended meanwhile; or the server is away, and `access` says so.
  } finally {
    reading = false
  }
  readDemo()
}

/** @param {string} path */
async function take(path) {
  /** @type {WholeTour} */
  const found = await call("GET", path)
  if (tour.peek()?.name === found.name) wholeTour.value = found
  ask()
}
