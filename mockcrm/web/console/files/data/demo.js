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
const PATH = "/admin/demo"

/** What the server says of its demo; null until it has been asked. */
const demo = signal(/** @type {Demo | null} */ (SANDBOX === "default" ? null : { running: false }))

/** Whether it is known if a demo runs here. */
export const demoKnown = computed(() => demo.value !== null)
/** Whether a demo runs here. */
export const demoRuns = computed(() => demo.value?.running ?? false)
/** The sandbox of the mailbox. */
export const mailboxName = computed(() => demo.value?.mailbox ?? "mailbox")
/** The client between the calendars; null where no demo runs. */
export const demoClient = computed(() => demo.value?.client ?? null)

let timer = 0
let asked = 0
let taken = 0

/** Begin to follow the demo, if there is one. */
export function followDemo() {
  if (SANDBOX !== "default") return
  access.subscribe(({ state }) => {
    if (state === "open") read()
  })
  document.addEventListener("visibilitychange", () => document.hidden || !demoRuns.peek() || read())
}

async function read() {
  clearTimeout(timer)
  try {
    await taking(() => call("GET", PATH))
  } catch (error) {
    // A server that has no such path plays no demo; for all else, `access` says why.
    if (error instanceof Refused && error.status === 404) demo.value = { running: false }
  }
  clearTimeout(timer)
  if (!demoRuns.peek() || access.peek().state !== "open") return
  timer = setTimeout(read, document.hidden ? EVERY_HIDDEN : EVERY)
}

/** Take an answer, unless one to a later question is known. @param {() => Promise<Demo | null>} ask */
async function taking(ask) {
  const number = (asked += 1)
  const answer = await ask()
  if (answer === null || number < taken) return
  taken = number
  demo.value = answer
}

/** Change how the client goes about it. A refusal is shown. @param {object} changes */
export function changeDemo(changes) {
  return taking(() => act("PATCH", PATH, changes))
}

/** Sync at once; done when the round is. A refusal is shown. */
export async function syncNow() {
  await act("POST", `${PATH}/sync`)
  await read()
}

/** Both calendars and the client begin anew. Throws `Refused` or `Unreachable`. */
export async function resetDemo() {
  await call("POST", `${PATH}/reset`)
  await read()
}

/** A colleague changes something in the CRM. @returns {Promise<string>} what, in a sentence; empty if it was refused */
export async function letColleagueEdit() {
  return (await act("POST", `${PATH}/colleague`))?.sentence ?? ""
}
