// How the page looks to this viewer: the time zone, the colours; and help. A phone has them behind "More".

import { html } from "htm/preact"

import { go } from "../data/address.js"
import { OWN_ZONE, zone } from "../data/time.js"
import { Icon } from "./icons.js"
import { showKeys } from "./keys.js"
import { nextTheme, theme } from "./theme.js"

const ZONES = [...new Set([OWN_ZONE, "UTC", ...Intl.supportedValuesOf("timeZone")])]

export function Looks() {
  const colours = `Colours: ${theme.value}`
  return html`
    <div class="looks">
      <${ZoneChoice} />
      <button class="quiet" onClick=${nextTheme} aria-label=${colours} title=${colours}><${Icon} name=${theme.value} /></button>
      <button class="quiet" onClick=${showKeys} aria-label="Help" title="Help: ?"><${Icon} name="help" /></button>
    </div>
  `
}

function ZoneChoice() {
  const zones = ZONES.includes(zone.value) ? ZONES : [zone.value, ...ZONES]
  /** @param {Event} event */
  const choose = (event) => {
    const chosen = /** @type {HTMLSelectElement} */ (event.target).value
    go({ zone: chosen === OWN_ZONE ? "" : chosen }, { replace: true })
  }
  return html`
    <select class="zone" aria-label="Time zone" title="Times are shown in this zone" value=${zone.value} onChange=${choose}>
      ${zones.map((each) => html`<option value=${each} key=${each}>${each}</option>`)}
    </select>
  `
}
