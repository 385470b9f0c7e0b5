// The sync client, between the two calendars: what it does, how far it has come, and what it is careful of.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { changeDemo, demoClient, syncNow } from "../data/demo.js"
import { dateText, dayOf, now, timeText, zone } from "../data/time.js"
import { tour, touring } from "../data/tour.js"
import { watermarks } from "../data/watermarks.js"
import { Outside } from "./outside.js"
import { REASON_ID, TOURING, undisturbed } from "../tours/reason.js"
import { Requests } from "./requests.js"
import { Safeguards } from "./safeguards.js"

/** @typedef {import("../data/demo.js").DemoClient} DemoClient */

const SECONDS = [0.5, 1, 2, 3, 5, 10, 30, 60]
const MOST_TEXT = 300

export function Client() {
  const client = demoClient.value
  if (client === null) return null
  return html`
    <${Requests} />
    ${client.engine === "none"
      ? html`<${Outside} />`
      : touring.value ? html`<${OfTour} client=${client} />` : html`<${Inside} client=${client} />`}
  `
}

/** A client that the demo itself plays. @param {{client: DemoClient}} props */
function Inside({ client }) {
  return html`
    <div class="client-head">
      <h2><bdi>${client.name}</bdi> client</h2>
      <${State} client=${client} />
    </div>
    <${Buttons} client=${client} />
    <${Facts} client=${client} />
    <p class="round-problem" role="status">${client.lastRound?.problem?.slice(0, MOST_TEXT)}</p>
    <${Safeguards} safeguards=${client.safeguards} />
  `
}

/** The client of a tour: nobody but the tour steers it. @param {{client: DemoClient}} props */
function OfTour({ client }) {
  const run = tour.value?.run ?? ""
  const cursor = watermarks.value.find((each) => each.client === run && each.of === "events")?.next
  return html`
    <div class="client-head">
      <h2><bdi>${run}</bdi> client</h2>
      <span class="run-state">in a tour</span>
    </div>
    <${Buttons} client=${client} />
    <dl class="client-facts"><dt>Cursor</dt><dd><${Cursor} at=${cursor?.at ?? null} /></dd></dl>
    <p class="of-tour" id=${REASON_ID}>${TOURING}</p>
  `
}

/** @param {{client: DemoClient}} props */
function State({ client }) {
  const text = client.syncing ? "syncing" : client.paused ? "paused" : "running"
  return html`<span class=${`run-state ${text}`}>${text}</span>`
}

/** @param {{client: DemoClient}} props */
function Buttons({ client: { paused, every } }) {
  const [busy, setBusy] = useState(false)
  const sync = async () => {
    if (busy) return
    setBusy(true)
    await syncNow()
    setBusy(false)
  }
  /** @param {Event} event */
  const choose = (event) => changeDemo({ every: Number(/** @type {HTMLSelectElement} */ (event.target).value) })
  const marks = undisturbed()
  const spans = SECONDS.includes(every) ? SECONDS : [...SECONDS, every].sort((one, other) => one - other)
  return html`
    <div class="client-buttons">
      <button class="primary" onClick=${sync} aria-disabled=${busy} ...${marks}>
        ${busy ? "Syncing …" : "Sync now"}
      </button>
      <button onClick=${() => changeDemo({ paused: !paused })} ...${marks}>${paused ? "Resume" : "Pause"}</button>
      <select
        aria-label="Time between two rounds" title="Time between two rounds" value=${every} onChange=${choose}
        ...${marks}
      >
        ${spans.map((each) => html`<option key=${each} value=${each}>${each} s</option>`)}
      </select>
    </div>
  `
}

/** @param {{client: DemoClient}} props */
function Facts({ client: { rounds, lastRound, cursor } }) {
  return html`
    <dl class="client-facts">
      <dt>Rounds</dt>
      <dd>
        ${rounds.toLocaleString("en")}${lastRound && html`<span class="soft">, last ${lastText(lastRound)}</span>`}
      </dd>
      <dt>Cursor</dt>
      <dd><${Cursor} at=${cursor} /></dd>
    </dl>
  `
}

/** @param {{at: string | number | null}} props */
function Cursor({ at }) {
  if (at === null) return html`<span class="soft">none yet</span>`
  return html`
    <time datetime=${new Date(at).toISOString()}>${daysText(at)} ${timeText(at)}</time>${" "}
    <span class="soft">${zone.value}</span>
  `
}

/** @param {import("../data/demo.js").Round} round */
function lastText({ startedAt, endedAt }) {
  return `${timeText(startedAt)} (${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s)`
}

/** The day of an instant, unless it is the sandbox's today. @param {string | number} at */
function daysText(at) {
  return now.value !== null && dayOf(now.value) === dayOf(at) ? "" : dateText(at)
}
