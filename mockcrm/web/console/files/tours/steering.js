// Starts, steers and ends a tour; the calendars go to where it plays, and back.

import { effect, untracked } from "@preact/signals"

import { act } from "../data/actions.js"
import { address, go } from "../data/address.js"
import { Refused, Unreachable } from "../data/api.js"
import { taking } from "../data/demo.js"
import { isOfEvent } from "../data/changed.js"
import { changes } from "../data/feed.js"
import { dayOf } from "../data/time.js"
import { TOUR_PATH, tour, tourName } from "../data/tour.js"
import { tell } from "../shell/messages.js"
import { beginAnew } from "../shell/notices.js"

/** Start a tour. A refusal is shown. @param {string} name @param {boolean} playing whether it goes on by itself */
export function startTour(name, playing) {
  return anew("", () => control("POST", { name, playing }))
}

/** End the tour: the demo begins anew. A refusal is shown. */
export function endTour() {
  return anew("The tour is over, and the demo has begun anew.", () => control("DELETE"))
}

/** @param {string} done @param {() => Promise<void>} does */
async function anew(done, does) {
  try {
    await beginAnew(done, does)
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error
    tell(error.message, { wrong: true })
  }
}

/** @param {string} method @param {object} [body] */
const control = (method, body) => taking(() => act(method, TOUR_PATH, body, { quiet: true }))

/** Have it go on by itself, or not. @param {boolean} playing */
export const play = (playing) => taking(() => act("PATCH", TOUR_PATH, { playing }))

/** Go to a card, by its number. There are none beyond the first and the last. @param {number} card */
export async function goToCard(card) {
  if (tour.value === null || card < 1 || card > tour.value.cards) return
  await taking(() => act("PATCH", TOUR_PATH, { card }))
}

/** Play the tour from its first card. */
export const replay = () => goToCard(1)

/** Where the page was before a tour. @type {Pick<import("../data/address.js").Address, "date" | "axis"> | null} */
let before = null

/** Begin to bring the calendars to the day of each tour, and back when it has ended. */
export function followStory() {
  effect(() => {
    const name = tourName.value
    untracked(() => (name === "" ? goBack() : comeFrom()))
  })
  effect(() => {
    const day = storyDay()
    if (tourName.value !== "" && day !== "") untracked(() => go({ date: day }, { replace: true }))
  })
}

function comeFrom() {
  const { date, axis } = address.value
  before ??= { date, axis }
  go({ date: "", axis: "", open: "" }, { replace: true })
}

function goBack() {
  if (before !== null) go({ ...before, open: "" }, { replace: true })
  before = null
}

/** The day of the event that a run begins with; empty where there is none: then it is the clock's. */
function storyDay() {
  const first = changes.value.find(isOfEvent)?.after
  return first ? dayOf(first.startTime) : ""
}
