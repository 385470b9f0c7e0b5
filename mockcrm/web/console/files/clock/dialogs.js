// Two questions that the clock asks: to which date and time it jumps, and how fast it runs.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { clock } from "../data/feed.js"
import { spanText } from "../data/spans.js"
import { dayOf, now, timeText, zone } from "../data/time.js"
import { instantOf } from "../data/walltime.js"
import { Dialog, DialogForm } from "../shell/dialogs.js"
import { setOrRefuse } from "./moves.js"

/** @param {{close: () => void}} props */
export function JumpDialog({ close }) {
  const at = now.peek() ?? 0
  const [day, setDay] = useState(dayOf(at))
  const [time, setTime] = useState(timeText(at))
  const target = instantOf(`${day}T${time}`, zone.value)
  const by = target - Math.floor(at / 1000) * 1000
  /** @param {(text: string) => void} set */
  const entered = (set) => (/** @type {Event} */ event) => set(/** @type {HTMLInputElement} */ (event.target).value)
  return html`
    <${Dialog} title="Jump to a date and time" onClose=${close}>
      <${DialogForm} verb="Jump" does=${() => setOrRefuse({ now: new Date(target).toISOString() })}>
        <div class="jump">
          <label>Date<input type="date" required max="9999-12-31" value=${day} onInput=${entered(setDay)} /></label>
          <label>Time<input type="time" step="1" required value=${time} onInput=${entered(setTime)} /></label>
          <span class="soft">in ${zone.value}</span>
        </div>
        <p class="hint" role="status" aria-label="Consequence">${Number.isNaN(by) ? "" : consequence(by)}</p>
      <//>
    <//>
  `
}

/** What a jump by so many milliseconds does. @param {number} by */
function consequence(by) {
  if (by === 0) return "This is what the clock says now."
  if (by < 0) return `Back by ${spanText(by)}. That undoes nothing: every change stays in the log, with its stamp.`
  return `On by ${spanText(by)}. What falls due on the way runs, each thing at its own time.`
}

/** @param {{close: () => void}} props */
export function RateDialog({ close }) {
  return html`
    <${Dialog} title="How fast the clock runs" onClose=${close}>
      <${DialogForm} verb="Set the rate" does=${setRate}>
        <label>
          Seconds in the sandbox for each real second
          <input name="rate" type="number" step="any" required value=${clock.peek()?.rate ?? 1} />
        </label>
      <//>
    <//>
  `
}

/** @param {FormData} entered */
function setRate(entered) {
  return setOrRefuse({ rate: Number(entered.get("rate")) })
}
