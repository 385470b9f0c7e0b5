// The stage: both calendars side by side, the client between them, and the time axis below.

import { html } from "htm/preact"

import { TimeAxis } from "../axis/axis.js"
import { Calendar } from "../calendar/calendar.js"
import { address } from "../data/address.js"
import { axisShare, Divider } from "../shell/dividers.js"
import { TourCard } from "../tours/card.js"
import { Bar } from "./bar.js"
import { Client } from "./client.js"
import { Drawer } from "./drawer.js"
import { Mailbox } from "./mailbox.js"

export function Stage() {
  return html`
    <main class="screen stage" data-area=${address.value.area} style=${{ "--axis-share": axisShare.value }}>
      <${Bar} />
      <section class="calendar-area" aria-label="CRM calendar"><${Calendar} name="CRM" /></section>
      <section class="client-area" aria-label="Sync client" tabindex="0"><${Client} /></section>
      <section class="mailbox-area" aria-label="Mailbox"><${Mailbox} /></section>
      <${Drawer} />
      <${TourCard} />
      <${Divider} share=${axisShare} between="rows" label="Height of the time axis" controls="axis-area" />
      <section class="axis-area" id="axis-area" aria-label="Time axis"><${TimeAxis} /></section>
    </main>
  `
}
