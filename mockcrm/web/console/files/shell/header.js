// The top of the page: which sandbox, its clock, the verdict, and how the page looks.

import { html } from "htm/preact"

import { audit } from "../data/feed.js"
import { OWN_ZONE, zone } from "../data/time.js"
import { go } from "../data/address.js"
import { Clock } from "../clock/clock.js"
import { Link, Verdict } from "./parts.js"
import { Sandboxes } from "./sandboxes.js"
import { nextTheme, theme } from "./theme.js"

export function Header() {
  const verdict = audit.value?.verdict ?? "inconclusive"
  return html`
    <header class="top">
      <h1 class="brand">mockcrm</h1>
      <${Sandboxes} />
      <${Clock} />
      <${Link} to=${{ panel: "audit" }} class="to-verdict" label=${`Verdict: ${verdict}`}><${Verdict} verdict=${verdict} /><//>
      <${ZoneChoice} />
      <button class="quiet" onClick=${nextTheme} aria-label=${`Colours: ${theme.value}`} title=${`Colours: ${theme.value}`}>
        ${theme.value === "dark" ? "☾" : theme.value === "light" ? "☀" : "◐"}
      </button>
    </header>
  `
}

function ZoneChoice() {
  const zones = [...new Set([OWN_ZONE, "UTC", zone.value, ...Intl.supportedValuesOf("timeZone")])]
  /** @param {Event} event */
  const choose = (event) => {
    const chosen = /** @type {HTMLSelectElement} */ (event.target).value
    go({ zone: chosen === OWN_ZONE ? "" : chosen }, { replace: true })
  }
  return html`
    <select class="zone" aria-label="Time zone" value=${zone.value} onChange=${choose}>
      ${zones.map((each) => html`<option value=${each} key=${each}>${each}</option>`)}
    </select>
  `
}
