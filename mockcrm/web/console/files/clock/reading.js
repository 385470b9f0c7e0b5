// What the clock shows: the sandbox's date and time, its zone, and whether it runs.

import { html } from "htm/preact"

import { clock } from "../data/feed.js"
import { millisecondsOf, spanText } from "../data/spans.js"
import { dateText, now, timeText } from "../data/time.js"
import { zoneText } from "./zone.js"

export function Reading() {
  const at = now.value
  if (at === null) return html`<span class="reading">…</span>`
  return html`
    <span class="reading" role="timer" aria-label="Time in the sandbox">
      <span class="date">${dateText(at)}</span>${" "}
      <time class="time" datetime=${new Date(at).toISOString()}>${timeText(at)}</time>${" "}
      <span class="zone-name">${zoneText(at)}</span>
    </span>
  `
}

/** Whether the clock is frozen or runs, at which rate, and how far it is behind. */
export function Mode() {
  if (clock.value === null) return null
  const { mode, rate, behind } = clock.value
  const text = mode === "running" ? `running ${rateText(rate)}` : "frozen"
  return html`
    <span class=${`mode ${mode}`} title=${text}>
      <span aria-hidden="true">${mode === "running" ? "▶" : "❄"}</span><span class="word">${" "}${text}</span>
    </span>
    ${behind &&
    html`<span class="behind" title="It runs what falls due as fast as it can.">
      catching up: ${spanText(millisecondsOf(behind))} behind
    </span>`}
  `
}

/** `×60` @param {number} rate */
export function rateText(rate) {
  return `×${rate.toLocaleString("en", { maximumFractionDigits: 6 })}`
}
