// The demo that this server may play in its sandbox `default`: asked at the start, and once a second while it runs.

import { computed, signal } from "@preact/signals"

import { act } from "./actions.js"
import { access, call, Refused, SANDBOX } from "./api.js"

/** @typedef {import("./types.js").Demo} Demo */
/** @typedef {NonNullable<Demo["client"]>} DemoClient */
/** @typedef {DemoClient["safeguards"][number]} Safeguard */
/** @typedef {NonNullable<DemoClient["lastRound"]>} Round */

const EVERY = 1000
const EVERY_HIDDEN = 10_000
export const DEMO_PATH = "/admin/demo"

/** What the server says of its demo; null until it has been asked. */
export const demoTold = signal(/** @type {Demo | null} */ (SANDBOX === "default" ? null : { running: false }))

/** Whether it is known if a demo runs here. */
export const demoKnown = computed(() => demoTold.value !== null)
/** Whether a demo runs here. */
export const demoRuns = computed(() => demoTold.value?.running ?? false)
/** The sandbox of the mailbox. */
export const mailboxName = computed(() => demoTold.value?.mailbox ?? "mailbox")
/** The client between the calendars; null where no demo runs. */
export const demoClient = computed(() => demoTold.value?.client ?? null)

let timer = 0
let asked = 0
let taken = 0

/** Begin to follow the demo, if there is one. */
export function followDemo() {
  if (SANDBOX !== "default") return
  access.subscribe(({ state }) => {
    if (state === "open") readDemo()
  })
  document.addEventListener("visibilitychange", () => document.hidden || !demoRuns.peek() || readDemo())
}

/** Ask now how it goes. */
export async function readDemo() {
  clearTimeout(timer)
  try {
    await taking(() => call("GET", DEMO_PATH))
  } catch (error) {
    // A server that has no such path plays no demo; for all else, `access` says why.
    if (error instanceof Refused && error.status === 404) demoTold.value = { running: false }
  }
  clearTimeout(timer)
  if (!demoRuns.peek() || access.peek().state !== "open") return
  timer = setTimeout(readDemo, document.hidden ? EVERY_HIDDEN : EVERY)
}

/**
 * Take an answer of the demo, unless one to a later question is known. Throws what `ask` throws.
 *
 * @param {() => Promise<Demo | null>} ask
 */
export async function taking(ask) {
  const number = (asked += 1)
  const answer = await ask()
  if (answer === null || number < taken) return
  taken = number
  demoTold.value = answer
}

/** Change how the client goes about it. A refusal is shown. @param {object} changes */
export function changeDemo(changes) {
  return taking(() => act("PATCH", DEMO_PATH, changes))
}

/** Sync at once; done when the round is. A refusal is shown. */
export async function syncNow() {
  await act("POST", `${DEMO_PATH}/sync`)
  await readDemo()
}

/** Both calendars and the client begin anew. Throws `Refused` or `Unreachable`. */
export async function resetDemo() {
  await call("POST", `${DEMO_PATH}/reset`)
  await readDemo()
}

/** A colleague changes something in the CRM. @returns {Promise<string>} what, in a sentence; empty if it was refused */
export async function letColleagueEdit() {
  return (await act("POST", `${DEMO_PATH}/colleague`))?.sentence ?? ""
}
