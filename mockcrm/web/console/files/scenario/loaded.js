// The scenario that is loaded, and what is done with it.

import { signal } from "@preact/signals"

import { act } from "../data/actions.js"
import { access, call, Refused, SANDBOX, Unreachable } from "../data/api.js"
import { life } from "../data/feed.js"

/** @typedef {import("../data/types.js").Schemas["ShownPlot"]} Run */
/** @typedef {import("../data/types.js").Schemas["SyncRound"]} Round */

/** A reading takes at most this part of the time: each has the audit made. */
const SHARE = 0.1

/** The scenario that is loaded; null if there is none. */
export const loaded = signal(/** @type {Run | null} */ (null))
/** What the latest step brought, as far as this page has asked for it. */
export const latest = signal(/** @type {Round | null} */ (null))
/** Whether a step is under way. */
export const stepping = signal(false)

let reading = false
let again = false
let latestOf = -1

/** Read it anew. While it is read, or was read just now at some cost, that is put off. */
export async function readLoaded() {
  if (access.peek().state !== "open") return
  if (reading) {
    again = true
    return
  }
  reading = true
  const began = performance.now()
  try {
    const { scenario } = await call("GET", `/admin/sandboxes/${SANDBOX}`)
    loaded.value = scenario === null ? null : await call("GET", "/admin/scenario")
  } catch (error) {
    // It may have been dropped between the two calls; `access` says what else is wrong.
    if (error instanceof Refused && error.code === "scenario.notFound") loaded.value = null
    else if (!(error instanceof Refused || error instanceof Unreachable)) throw error
  }
  if (latestOf !== life.peek() || latest.peek()?.sync !== loaded.peek()?.syncs) latest.value = null
  setTimeout(() => {
    reading = false
    if (again) readLoaded()
    again = false
  }, (performance.now() - began) / SHARE)
}

/** Read it now, whatever was read before. */
async function readAtOnce() {
  reading = false
  await readLoaded()
}

/** Run on to the next sync, or to the end. */
export async function next() {
  stepping.value = true
  try {
    latest.value = /** @type {Round | null} */ (await act("POST", "/admin/scenario/next"))
    latestOf = life.peek()
  } finally {
    stepping.value = false
    await readAtOnce()
  }
}

/** Back to the start state, and to before the first step. */
export async function startAgain() {
  latest.value = null
  await act("POST", "/admin/reset", {}, { done: "The sandbox is back at its start." })
  await readAtOnce()
}

/** Drop the steps. The CRM stays as it is. */
export async function end() {
  await act("DELETE", "/admin/scenario", undefined, { done: "The scenario has ended. The CRM stays as it is." })
  await readAtOnce()
}

/** Start this sandbox anew from a shipped scenario. @param {string} name */
export async function load(name) {
  latest.value = null
  const answer = await act("PUT", "/admin/scenario", { name }, { done: `The scenario ${name} is loaded.` })
  await readAtOnce()
  return answer !== null
}
