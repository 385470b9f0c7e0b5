// The time axis: what happened in the CRM, and what each client asked for, in the sandbox's time from left to right.

import { signal } from "@preact/signals"
import { html } from "htm/preact"

import { Empty } from "../shell/parts.js"
import { Bar } from "./bar.js"
import { folded } from "./folded.js"
import { List } from "./list.js"
import { Plot } from "./plot.js"
import { story } from "./scene.js"

const query = matchMedia("(max-width: 760px)")
const narrow = signal(query.matches)
query.addEventListener("change", () => (narrow.value = query.matches))

export function TimeAxis() {
  const { changes, lanes } = story.value
  const empty = changes.length === 0 && lanes.length === 0
  const plotted = !empty && !narrow.value
  return html`
    <div class=${`axis ${folded.value ? "folded" : ""}`}>
      <${Bar} plotted=${plotted} />
      ${!folded.value && (empty ? html`<${Nothing} />` : plotted ? html`<${Plot} />` : html`<${List} />`)}
    </div>
  `
}

function Nothing() {
  return html`
    <${Empty} heading="Nothing has happened yet">
      <p>
        Each change in the CRM will stand here at its commit, with a line to its stamp and to the moment at which lists
        show it. Each client gets a lane below: its requests, and how far back each of them reaches.
      </p>
    <//>
  `
}
