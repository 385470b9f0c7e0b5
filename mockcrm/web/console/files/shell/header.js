// The top of the page: which sandbox, its clock, the verdict, and how the page looks.

import { html } from "htm/preact"

import { demoRuns } from "../data/demo.js"
import { mark } from "../data/feed.js"
import { shownVerdict } from "../data/tour.js"
import { Clock } from "../clock/clock.js"
import { layout } from "./layout.js"
import { Looks } from "./looks.js"
import { Link, Verdict } from "./parts.js"
import { Sandboxes } from "./sandboxes.js"

export function Header() {
  return html`
    <header class="top">
      <h1 class="brand"><img src="console/icon.svg" width="20" height="20" alt="" />mockcrm</h1>
      <${Sandboxes} />
      <div class="clock-area"><${Clock} /></div>
      ${demoRuns.value && layout.value === "workbench" && html`<${Link} to=${{ layout: "" }}>Demo<//>`}
      ${mark.value !== null && html`<${ToVerdict} />`}
      <${Looks} />
    </header>
  `
}

function ToVerdict() {
  const verdict = shownVerdict.value
  const text = verdict === "underWay" ? "nothing so far" : verdict
  return html`
    <${Link} to=${{ panel: "audit" }} class="to-verdict" label=${`Verdict: ${text}`}>
      ${verdict === "underWay" ? html`<${UnderWay} text=${text} />` : html`<${Verdict} verdict=${verdict} />`}
    <//>
  `
}

/** Where a run of a tour has not failed yet, and is not over. @param {{text: string}} props */
function UnderWay({ text }) {
  return html`<span class="verdict inconclusive"><span class="sign" aria-hidden="true">…</span> ${text}</span>`
}
