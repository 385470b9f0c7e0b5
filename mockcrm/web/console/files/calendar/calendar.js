// The calendar: week, month, list, or a day; the event that is selected; and the form of one.

import { computed } from "@preact/signals"
import { html } from "htm/preact"

import { now } from "../data/time.js"
import { Card } from "./card.js"
import { EventForm } from "./form.js"
import { Grid } from "./grid.js"
import { Legend } from "./legend.js"
import { Limits } from "./limits.js"
import { Toolbar } from "./toolbar.js"

/** Until the sandbox's clock is known, there is no day to show. */
const ready = computed(() => now.value !== null)

/**
 * `name` is given where it stands beside another calendar, or alone: then it says which one it is, and has less room.
 *
 * @param {{name?: string}} props
 */
export function Calendar({ name }) {
  if (!ready.value) return html`<div class="calendar" aria-busy="true"></div>`
  return html`
    <div class="calendar">
      <${Toolbar} name=${name} />
      ${name === undefined && html`<${Limits} />`}
      <${Grid} />
      <${Legend} />
      <${Card} />
      <${EventForm} />
    </div>
  `
}
