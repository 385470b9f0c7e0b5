// The panels beside the calendar, one at a time.

import { html } from "htm/preact"

import { Audit } from "../audit/audit.js"
import { FailingCount } from "../audit/count.js"
import { Changes } from "../changes/changes.js"
import { Connect } from "../connect/connect.js"
import { address, go } from "../data/address.js"
import { Dialect } from "../dialect/dialect.js"
import { Faults } from "../faults/faults.js"
import { Records } from "../records/records.js"
import { Scenario } from "../scenario/scenario.js"
import { Traffic } from "../traffic/traffic.js"

/** The panels, in the order of their tabs. */
export const PANELS = [
  { name: "traffic", title: "Traffic", Panel: Traffic },
  { name: "changes", title: "Changes", Panel: Changes },
  { name: "records", title: "Records", Panel: Records },
  { name: "audit", title: "Audit", Panel: Audit, Count: FailingCount },
  { name: "scenario", title: "Scenario", Panel: Scenario },
  { name: "faults", title: "Faults", Panel: Faults },
  { name: "dialect", title: "Dialect", Panel: Dialect },
  { name: "connect", title: "Connect", Panel: Connect },
]

export function Panels() {
  const shown = PANELS.find(({ name }) => name === address.value.panel) ?? PANELS[0]
  return html`
    <div class="tabs" role="tablist" aria-label="Panels" onKeyDown=${moveBetween}>
      ${PANELS.map(
        ({ name, title, Count }) => html`
          <button
            role="tab" id=${`tab-${name}`} key=${name} aria-selected=${name === shown.name} aria-controls="panel"
            tabindex=${name === shown.name ? 0 : -1} onClick=${() => go({ panel: name, filter: "" })}
          >${title}${Count && html`<${Count} />`}</button>
        `,
      )}
    </div>
    <h2 class="panel-title">${shown.title}</h2>
    <div class=${`panel ${shown.name}`} role="tabpanel" id="panel" aria-labelledby=${`tab-${shown.name}`} tabindex="0">
      <${shown.Panel} />
    </div>
  `
}

/** The arrow keys move between tabs, as in the pattern of WAI-ARIA. @param {KeyboardEvent} event */
function moveBetween(event) {
  const at = PANELS.findIndex(({ name }) => name === address.value.panel)
  const places = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: PANELS.length - 1 }
  if (!(event.key in places)) return
  event.preventDefault()
  const place = places[/** @type {keyof typeof places} */ (event.key)]
  const next = PANELS[(place + PANELS.length) % PANELS.length].name
  go({ panel: next, filter: "" }, { replace: true })
  document.getElementById(`tab-${next}`)?.focus()
}
