// The button that opens the choice of tours: stories of two minutes, each about one hazard.

import { signal } from "@preact/signals"
import { html } from "htm/preact"

import { demoClient } from "../data/demo.js"
import { tourName, tours } from "../data/tour.js"
import { settings } from "../data/stored.js"
import { Dialog } from "../shell/dialogs.js"
import { startTour } from "./steering.js"

const SETTING = "mockcrm.toursPlay"
const choosing = signal(false)
/** Whether a tour goes on by itself when it starts. The browser remembers it. */
const byItself = signal(settings.get(SETTING) !== "false")

export function Tours() {
  if (tours.value.length === 0) return null
  return html`
    <button id="to-tours" aria-haspopup="dialog" onClick=${() => (choosing.value = true)}>Tours</button>
    ${choosing.value && html`<${Choice} />`}
  `
}

function Choice() {
  const outside = demoClient.value?.engine === "none"
  return html`
    <${Dialog} title="Tours" class="tours" onClose=${() => (choosing.value = false)}>
      <p>
        Each tells one hazard in two minutes, in both calendars: first a careless client falls for it, then a careful
        one does not. When a tour ends, the demo begins anew.
      </p>
      ${outside && html`
        <p class="problem">
          Tours play with mockcrm's own client, and this demo has yours: start it without --client none.
        </p>`}
      <ol>${tours.value.map((each) => html`<li key=${each.name}><${OneTour} ...${each} disabled=${outside} /></li>`)}</ol>
      <form method="dialog" class="tours-end">
        <label>
          <input type="checkbox" checked=${byItself.value} onChange=${toggle} /> Go on by itself from card to card
        </label>
        <button>Close</button>
      </form>
    <//>
  `
}

function toggle() {
  byItself.value = !byItself.value
  settings.set(SETTING, String(byItself.value))
}

/** @param {{name: string, title: string, about: string, disabled: boolean}} props */
function OneTour({ name, title, about, disabled }) {
  const current = name === tourName.value
  const start = () => {
    choosing.value = false
    startTour(name, byItself.value)
  }
  return html`
    <button class="tour-choice" disabled=${disabled} aria-current=${current ? "true" : undefined} onClick=${start}>
      <b>${title}</b>${current && html` <span class="tag">plays now</span>`}
      <span class="soft">${about}</span>
    </button>
  `
}
