// Says in time that what happens can soon no longer be saved, and later why it cannot.

import { computed, signal } from "@preact/signals"
import { html } from "htm/preact"

import { life, recording } from "../data/feed.js"
import { TakeBundle } from "./take.js"

/** From here on the page warns. */
const NEARLY_FULL = 0.8

const stage = computed(() => {
  const { full, lost } = recording.value
  if (lost !== null) return "lost"
  return full >= NEARLY_FULL ? "full" : ""
})
/** What was dismissed, and in which life of the sandbox. */
const dismissed = signal("")
const current = computed(() => `${life.value} ${stage.value}`)

export function Recording() {
  if (stage.value === "" || dismissed.value === current.value) return null
  return html`
    <div class="notice" role="status" aria-label="Recording">
      ${stage.value === "lost" ? html`<${Lost} />` : html`<${NearlyFull} />`}
      <button class="quiet dismiss" aria-label="Dismiss" onClick=${() => (dismissed.value = current.value)}>×</button>
    </div>
  `
}

function NearlyFull() {
  return html`
    <h2>The recording is ${Math.floor(recording.value.full * 100)} % full</h2>
    <p>Once it is full, what has happened here can no longer be saved. A reset begins a new one.</p>
    <${TakeBundle} title="Save the bundle" />
  `
}

function Lost() {
  return html`
    <h2>What has happened here can no longer be saved</h2>
    <p>${recording.value.lost}.</p>
  `
}
