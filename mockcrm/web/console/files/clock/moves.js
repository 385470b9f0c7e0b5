// What a person does to the clock, and what it says of it.

import { signal } from "@preact/signals"

import { act } from "../data/actions.js"
import { agenda, clock } from "../data/feed.js"
import { dateTimeText, timeText } from "../data/time.js"
import { counted } from "../shell/parts.js"
import { tell } from "../shell/messages.js"

/** @typedef {import("../data/types.js").MovedClock} MovedClock */

const LONGEST_REFUSAL = 300

/** Where the clock stands after a move: what a screen reader says of it. */
export const stands = signal("")

/** Move the clock on. @param {string} by a duration */
export async function advance(by) {
  report(await act("POST", "/admin/clock/advance", { by }))
}

/** Set some of the clock's `now`, `mode` and `rate`. @param {Record<string, unknown>} settings */
export async function set(settings) {
  report(await act("PUT", "/admin/clock", settings))
}

/** As `set`, for a dialog: a refusal is thrown. @param {Record<string, unknown>} settings */
export async function setOrRefuse(settings) {
  report(await act("PUT", "/admin/clock", settings, { quiet: true }))
}

export function runOrFreeze() {
  return set({ mode: clock.value?.mode === "running" ? "frozen" : "running" })
}

export async function toNext() {
  if (agenda.value) await set({ now: agenda.value.next })
}

/** @param {MovedClock | null} moved */
function report(moved) {
  if (moved === null) return
  stands.value = `The clock ${moved.mode === "running" ? "runs" : "stands"} at ${dateTimeText(moved.now)}.`
  if (!moved.ran.length) return
  const refused = moved.ran.filter((each) => each.error)
  tell(`${ranText(moved)}${refusedText(refused)}`, { wrong: refused.length > 0 })
}

/** @param {MovedClock} moved */
function ranText({ ran }) {
  return `${counted(ran.length, "thing")} ran`
}

/** @param {MovedClock["ran"]} refused */
function refusedText(refused) {
  if (!refused.length) return "."
  const [{ at, error }] = refused
  const message = error?.message ?? ""
  const shown = message.length > LONGEST_REFUSAL ? `${message.slice(0, LONGEST_REFUSAL)}…` : message
  return `, and the CRM refused ${refused.length} of them: at ${timeText(at)}, ${shown}`
}
