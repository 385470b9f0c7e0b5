// What a click or Enter upon a mark does: it opens the thing; a heap is taken apart, or opened thing by thing.

import { go, selected, toThing } from "../data/address.js"
import { missed } from "./missed.js"
import { place, show, shown } from "./scene.js"

/**
 * The page of a read that is opened: the one that is wrong, or else the first.
 *
 * @param {import("./story.js").Thing} thing
 */
function toOpen(thing) {
  if (thing.kind === "change") return toThing("change", thing.row.seq)
  const wrong = thing.pages.find(({ status, faults }) => (status ?? 0) >= 400 || faults.length)
  return toThing("request", (wrong ?? thing.pages[0]).number)
}

/**
 * Whether a mark stands for things that would stand apart if one looked closer.
 *
 * @param {import("./marks.js").Mark} mark
 */
export function isDivisible({ things, x, end }) {
  return things.length > 1 && end - x > 1
}

/** @param {import("./marks.js").Mark} mark */
export function open(mark) {
  const { things } = mark
  if (isDivisible(mark) && takeApart(mark)) return
  // What it stands for is no longer there: the sandbox has begun anew since.
  if (things[0].earlier) return
  go(toOpen(things.length === 1 ? things[0] : nextOf(things)))
}

/**
 * Of a heap that cannot be taken apart: after the thing that is open the next one; first, one that was passed by.
 *
 * @param {import("./story.js").Thing[]} things
 */
function nextOf(things) {
  const one = selected()
  const current = things.findIndex((each) => one && each.key === `${one.kind}:${one.id}`)
  if (current !== -1) return things[(current + 1) % things.length]
  return things.find((each) => each.kind === "change" && missed.value.has(each.row.seq)) ?? things[0]
}

/** How much of the width a heap takes after it was opened. */
const SHARE = 0.6

/** Zoom in until the heap fills most of the width. @param {import("./marks.js").Mark} mark */
function takeApart({ things }) {
  if (!shown.value || !place.value) return false
  const { scale, from, to } = shown.value
  const [first, last] = [things[0].at, things[things.length - 1].at].map(scale.position)
  const length = (last - first) / SHARE
  if (length <= 0 || length >= to - from) return false
  const middle = (first + last) / 2
  show({ from: middle - length / 2, to: middle + length / 2 })
  return true
}
