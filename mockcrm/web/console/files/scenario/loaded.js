// The scenario that is loaded, and what is done with it.

import { signal } from "@preact/signals"

import { act } from "../data/actions.js"
import { access, call, Refused, SANDBOX, Unreachable } from "../data/api.js"
import { life } from "../data/feed.js"
import { tell } from "../shell/messages.js"
import { beginAnew } from "../shell/notices.js"

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

let newest = 0
let underWay = 0
/** What is being read, or was read last. */
let reading = /** @type {ReturnType<typeof readRun>} */ (Promise.resolve(undefined))
let wanted = false
let timer = 0
let notBefore = 0
let latestOf = -1

/** Read it anew, soon: not while it is read, nor just after it was read at some cost. */
export function readLoaded() {
  wanted = true
  if (underWay) return
  clearTimeout(timer)
  timer = setTimeout(readAtOnce, Math.max(0, notBefore - performance.now()))
}

async function readAtOnce() {
  if (access.peek().state !== "open") return
  clearTimeout(timer)
  wanted = false
  underWay += 1
  const [mine, began] = [(newest += 1), performance.now()]
  const run = await (reading = readRun())
  underWay -= 1
  notBefore = performance.now() + (performance.now() - began) / SHARE
  // What was asked for later says more.
  if (run !== undefined && mine === newest) {
    loaded.value = run
    if (latestOf !== life.peek() || latest.peek()?.sync !== run?.syncs) latest.value = null
  }
  if (wanted) readLoaded()
}

/** What is loaded now; undefined if that cannot be known. @returns {Promise<Run | null | undefined>} */
async function readRun() {
  try {
    const { scenario } = await call("GET", `/admin/sandboxes/${SANDBOX}`)
    return scenario === null ? null : await call("GET", "/admin/scenario")
  } catch (error) {
    // It may have been dropped between the two calls; `access` says what else is wrong.
    if (error instanceof Refused) return error.code === "scenario.notFound" ? null : undefined
    if (error instanceof Unreachable) return undefined
    throw error
  }
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
export function startAgain() {
  return anew("The sandbox is back at its start.", () => call("POST", "/admin/reset", {}))
}

/** Start this sandbox anew from a shipped scenario. @param {string} name */
export function load(name) {
  return anew(`The scenario ${name} is loaded.`, () => call("PUT", "/admin/scenario", { name }))
}

/** @param {string} done @param {() => Promise<unknown>} does @returns {Promise<boolean>} whether it was done */
async function anew(done, does) {
  latest.value = null
  try {
    await beginAnew(done, does)
    return true
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error
    tell(error.message, { wrong: true })
    return false
  } finally {
    await readAtOnce()
  }
}

/** Drop the steps. The CRM stays as it is. Nothing is read meanwhile: it would be gone between the two calls of that. */
export async function end() {
  underWay += 1
  clearTimeout(timer)
  await reading
  await act("DELETE", "/admin/scenario", undefined, { done: "The scenario has ended. The CRM stays as it is." })
  underWay -= 1
  await readAtOnce()
}
