// One screen: the header, the calendar beside the panels, and the time axis below; on a phone, one of them at a time.
// A demo has a screen of its own, and the calendar of its mailbox stands alone in a frame there.

import { effect } from "@preact/signals"
import { html } from "htm/preact"

import { Calendar } from "../calendar/calendar.js"
import { TimeAxis } from "../axis/axis.js"
import { address } from "../data/address.js"
import { SANDBOX } from "../data/api.js"
import { demoKnown } from "../data/demo.js"
import { mark } from "../data/feed.js"
import { shownVerdict } from "../data/tour.js"
import { Stage } from "../demo/demo.js"
import { Access } from "./access.js"
import { Areas } from "./areas.js"
import { axisShare, calendarShare, Divider } from "./dividers.js"
import { Header } from "./header.js"
import { Keys } from "./keys.js"
import { layout } from "./layout.js"
import { Messages } from "./messages.js"
import { Panels } from "./panels.js"
import { Recording } from "./recording.js"

const SIGNS = { passed: "✓ ", failed: "✕ ", inconclusive: "", underWay: "" }

effect(() => {
  document.title = `${SIGNS[shownVerdict.value]}${SANDBOX} · mockcrm`
})

export function App() {
  return html`
    ${layout.value !== "calendar" && html`<${Header} />`}
    <${Access} />
    ${mark.value !== null && layout.value !== "calendar" && html`<${Recording} />`}
    ${mark.value !== null && demoKnown.value && html`<${Screen} />`}
    <${Messages} />
    <${Keys} />
  `
}

/** What is shown once the sandbox has answered: until then, no view says that there is nothing. */
function Screen() {
  if (layout.value === "calendar") return html`<${Alone} />`
  return html`<${layout.value === "demo" ? Stage : Workbench} /><${Areas} />`
}

/** The calendar, and nothing else. */
function Alone() {
  return html`<main class="alone" aria-label="Calendar"><${Calendar} name=${SANDBOX} /></main>`
}

function Workbench() {
  const shares = { "--calendar-share": calendarShare.value, "--axis-share": axisShare.value }
  return html`
    <main class="screen workbench" data-area=${areaShown()} style=${shares}>
      <section class="calendar-area" id="calendar-area" aria-label="Calendar"><${Calendar} /></section>
      <${Divider} share=${calendarShare} between="columns" label="Width of the calendar" controls="calendar-area" />
      <section class="panel-area" aria-label="Details"><${Panels} /></section>
      <${Divider} share=${axisShare} between="rows" label="Height of the time axis" controls="axis-area" />
      <section class="axis-area" id="axis-area" aria-label="Time axis"><${TimeAxis} /></section>
    </main>
  `
}

/** What a phone shows of the workbench. */
function areaShown() {
  const { area } = address.value
  return area === "panel" || area === "axis" ? area : "calendar"
}
