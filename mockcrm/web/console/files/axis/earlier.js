// The earlier run of a tour, which the axis shows beside the one that plays: what its client lost, and to which request.

import { computed } from "@preact/signals"

import { wholeTour } from "../data/tour.js"
import { CODES } from "./missed.js"
import { EARLIER } from "./story.js"

/** @typedef {import("../data/tour.js").EarlierRun} EarlierRun */
/**
 * A change that a finding of the earlier run names, and the request that passed it by, or did the damage.
 * @typedef {{client: string, request: number | null, passed: boolean, title: string}} Loss
 */

/** The earlier run; null where there is none to show. */
export const earlier = computed(() => wholeTour.value?.earlier ?? null)

/** What was lost, by the change's `seq`. */
export const losses = computed(() => lossesOf(earlier.value))

/** @param {EarlierRun | null} run */
function lossesOf(run) {
  const found = /** @type {Map<number, Loss>} */ (new Map())
  for (const { code, changes, requests, title } of run?.findings ?? []) {
    const passed = CODES.has(code)
    for (const seq of changes) {
      const request = (passed ? null : writerOf(/** @type {EarlierRun} */ (run), seq)) ?? requests.at(-1) ?? null
      if (!found.has(seq)) found.set(seq, { client: /** @type {EarlierRun} */ (run).client, request, passed, title })
    }
  }
  return found
}

/** The request that made a change; null if no client did. @param {EarlierRun} run @param {number} seq */
function writerOf({ changes, requests }, seq) {
  const made = changes.find((each) => each.seq === seq && each.origin === "client")
  return requests.find(({ number }) => String(number) === made?.requestId)?.number ?? null
}

/** A line from each loss to its request. */
export const lossPasses = computed(() =>
  [...losses.value]
    .filter(([, { request }]) => request !== null)
    .map(([seq, { request }]) => ({
      change: `${EARLIER}change:${seq}`, request: `${EARLIER}request:${request}`, how: /** @type {const} */ ("passedBy"),
    })),
)
