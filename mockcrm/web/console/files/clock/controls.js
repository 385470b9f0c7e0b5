// The buttons beside the clock.

import { signal } from "@preact/signals"
import { html } from "htm/preact"
import { useEffect } from "preact/hooks"

import { agenda, clock } from "../data/feed.js"
import { dayOf, now, shortText, timeText } from "../data/time.js"
import { shortcut } from "../shell/keys.js"
import { JumpDialog, RateDialog } from "./dialogs.js"
import { advance, runOrFreeze, set, toNext } from "./moves.js"
import { rateText } from "./reading.js"

const STEPS = [
  { by: "PT1M", text: "+1 min", title: "One minute on" },
  { by: "PT1H", text: "+1 h", title: "One hour on" },
  { by: "P1D", text: "+1 day", title: "One day on" },
]
const RATES = [1, 10, 60, 3600]
const OTHER = "other"

shortcut(".", "Move the clock on by a minute", () => advance("PT1M"))
shortcut(" ", "Run or freeze the clock", runOrFreeze)

const asking = signal(/** @type {"date" | "rate" | null} */ (null))

const close = () => {
  asking.value = null
}

/** What they ask, in a dialog. It stays when the clock folds, and its buttons are others then. */
export function Questions() {
  useEffect(() => close, [])
  if (asking.value === "date") return html`<${JumpDialog} close=${close} />`
  return asking.value === "rate" && html`<${RateDialog} close=${close} />`
}

/** All of them. */
export function Controls() {
  return html`
    <div class="steps" role="group" aria-label="Move the clock on">
      ${STEPS.map((step) => html`<${Step} key=${step.by} ...${step} />`)}
      <${Next} />
    </div>
    <div class="pace" role="group" aria-label="Run the clock"><${Run} /><${Rate} /></div>
    <button onClick=${() => (asking.value = "date")} title="Jump to a date and time">Jump…</button>
  `
}

/** The two that are at hand where the others are in a menu. */
export function Quick() {
  return html`<${Step} ...${STEPS[0]} /><${Run} />`
}

/** @param {{by: string, text: string, title: string}} props */
function Step({ by, text, title }) {
  return html`<button onClick=${() => advance(by)} title=${title}>${text}</button>`
}

function Run() {
  const running = clock.value?.mode === "running"
  return html`
    <button class="run" onClick=${runOrFreeze} title="Space">
      <span aria-hidden="true">${running ? "❄" : "▶"}</span> ${running ? "Freeze" : "Run"}
    </button>
  `
}

function Next() {
  const next = agenda.value
  if (next === null || next.next === null) {
    return html`<button class="next" disabled title="Nothing is on the agenda">▸ next</button>`
  }
  const sameDay = now.value !== null && dayOf(now.value) === dayOf(next.next)
  const at = sameDay ? timeText(next.next).replace(/:00$/, "") : shortText(next.next)
  const more = next.count > 1 ? ` (${(next.count - 1).toLocaleString("en")} more after it)` : ""
  const says = `To the next on the agenda: ${next.what}, ${at}${more}`
  return html`
    <button class="next" onClick=${toNext} title=${says}>
      ▸ next <span class="what">${at} ${next.what}</span>
    </button>
  `
}

function Rate() {
  const rate = clock.value?.rate ?? 1
  const choices = RATES.includes(rate) ? RATES : [...RATES, rate].sort((one, other) => one - other)
  /** @param {Event} event */
  const choose = (event) => {
    const select = /** @type {HTMLSelectElement} */ (event.target)
    if (select.value === OTHER) asking.value = "rate"
    else set({ rate: Number(select.value) })
    select.value = String(rate)
  }
  return html`
    <select class="rate" aria-label="Rate of the clock" value=${rate} onChange=${choose}>
      ${choices.map((each) => html`<option value=${each} key=${each}>${rateText(each)}</option>`)}
      <option value=${OTHER}>Other…</option>
    </select>
  `
}
