// One screen: the header, the calendar beside the panels, and the time axis below.

import { html } from "htm/preact"

import { Calendar } from "../calendar/calendar.js"
import { TimeAxis } from "../axis/axis.js"
import { Access } from "./access.js"
import { Header } from "./header.js"
import { Keys } from "./keys.js"
import { Messages } from "./messages.js"
import { Panels } from "./panels.js"

export function App() {
  return html`
    <${Header} />
    <${Access} />
    <main class="screen">
      <section class="calendar-area" aria-label="Calendar"><${Calendar} /></section>
      <section class="panel-area" aria-label="Details"><${Panels} /></section>
      <section class="axis-area" aria-label="Time axis"><${TimeAxis} /></section>
    </main>
    <${Messages} />
    <${Keys} />
  `
}
