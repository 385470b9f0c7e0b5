// Above the grid, where the CRM has several calendars or users: of which calendar, and whose, the events are.

import { html } from "htm/preact"

import { address, go } from "../data/address.js"
import { kindNamed } from "../data/kinds.js"
import { cut } from "../data/text.js"
import { nameOfRecord } from "../records/name.js"
import { recordsOf, useKind } from "../records/store.js"

/** More are not offered; one that an address names is all the same. */
const MOST_OFFERED = 500

export function Limits() {
  for (const kind of ["calendar", "user"]) useKind(kindNamed(kind))
  const { calendar, owner } = address.value
  const [calendars, users] = [offered("calendar", calendar), offered("user", owner)]
  if (calendars.length < 2 && users.length < 2 && !calendar && !owner) return null
  return html`
    <div class="limits" role="group" aria-label="Which events are shown">
      <${Choice} label="Calendar" all="All calendars" chosen=${calendar} from=${calendars}
        choose=${(/** @type {string} */ id) => go({ calendar: id }, { replace: true })} />
      <${Choice} label="Owner" all="All owners" chosen=${owner} from=${users}
        choose=${(/** @type {string} */ id) => go({ owner: id }, { replace: true })} />
      ${(calendar || owner) && html`<button class="quiet" onClick=${() => go({ calendar: "", owner: "" }, { replace: true })}>Show all</button>`}
    </div>
  `
}

/** @typedef {{id: string, name: string}} Offer */

/** The records of a kind by their names, and the chosen one. @param {string} kind @param {string} chosen @returns {Offer[]} */
function offered(kind, chosen) {
  const living = recordsOf(kind).filter((each) => !each.deleted || each.id === chosen)
  const named = living.map((each) => ({ id: each.id, name: cut(nameOfRecord(kind, each), 60) }))
  const sorted = named.sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }))
  const found = sorted.filter(({ id }, at) => at < MOST_OFFERED || id === chosen)
  return chosen && !found.some(({ id }) => id === chosen) ? [{ id: chosen, name: cut(`${kind} ${chosen}`, 60) }, ...found] : found
}

/** @param {{label: string, all: string, chosen: string, from: Offer[], choose: (id: string) => void}} props */
function Choice({ label, all, chosen, from, choose }) {
  return html`
    <select aria-label=${label} value=${chosen} class=${chosen ? "chosen" : ""}
      onChange=${(/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value)}>
      <option value="">${all}</option>
      ${from.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}
    </select>
  `
}
