// Below the grid: what the edges and hatches mean, whose knowledge they show, and what is left out.

import { html } from "htm/preact"

import { go } from "../data/address.js"
import { clients, shownClient, STATE_WORDS } from "../data/knowledge.js"
import { cut } from "../data/text.js"
import { counted, Link } from "../shell/parts.js"
import { drawnCount } from "./drawn.js"
import { leftOut, MOST_KNOWN } from "./store.js"

export function Legend() {
  return html`
    <div class="legend">
      ${shownClient.value ? html`<${ShownClient} /><${States} />` : html`<${NoClient} />`}
      <${LeftOut} />
    </div>
  `
}

function NoClient() {
  return html`<span>No client has asked yet. <${Link} to=${{ panel: "connect", filter: "" }}>Connect one<//></span>`
}

/** Whose knowledge is shown; where there are several clients, a choice of them. */
export function ShownClient() {
  /** @param {Event} event */
  const choose = (event) => go({ client: /** @type {HTMLSelectElement} */ (event.target).value }, { replace: true })
  if (clients.value.length === 1) return html`<span>What <b><bdi>${cut(shownClient.value, 40)}</bdi></b> knows</span>`
  return html`
    <label>
      What${" "}
      <select aria-label="Client whose knowledge is shown" value=${shownClient.value} onChange=${choose}>
        ${clients.value.map((each) => html`<option key=${each} value=${each}>${cut(each, 40)}</option>`)}
      </select>
      ${" "}knows
    </label>
  `
}

function States() {
  return html`
    <ul aria-label="What the looks of events mean">
      ${Object.entries(STATE_WORDS).map(
        ([state, words]) => html`
          <li key=${state} class=${state}><span class="swatch" aria-hidden="true"></span>${words}</li>
        `,
      )}
    </ul>
  `
}

function LeftOut() {
  const { drawn, there } = drawnCount.value
  if (leftOut.value.range)
    return html`
      <span class="left-out">
        More than ${counted(MOST_KNOWN, "event")} here: not all are read. Choose a shorter view.
      </span>
    `
  return drawn < there
    ? html`<span class="left-out">${counted(drawn, "event")} of ${there.toLocaleString("en")} are shown.</span>`
    : null
}
