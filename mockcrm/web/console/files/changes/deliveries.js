// Which clients were given a change, by sign and word.

import { html } from "htm/preact"

import { deliveryOf } from "../data/delivery.js"
import { clients, STATE_WORDS } from "../data/knowledge.js"
import { lineOf } from "../data/text.js"
import { Link } from "../shell/parts.js"
import { RequestLink } from "../traffic/request-link.js"

/** @typedef {import("../data/types.js").Change} Change */
/** @typedef {import("../data/delivery.js").Delivery} Delivery */

const IN_A_ROW = 3
/** More clients are not in the details: what each knows is read from the server. */
const MOST_TOLD = 20

/** @typedef {{sign: string, word: string, tone: string}} Look */

const LOOKS = /** @type {Record<Delivery["state"], Look>} */ ({
  delivered: { sign: "✓", word: "delivered", tone: "good" },
  written: { sign: "✓", word: "own write", tone: "good" },
  superseded: { sign: "✓", word: "superseded", tone: "good" },
  upToDate: { sign: "✓", word: STATE_WORDS.upToDate, tone: "good" },
  pending: { sign: "◌", word: STATE_WORDS.pending, tone: "warning" },
  outOfReach: { sign: "✕", word: STATE_WORDS.outOfReach, tone: "error" },
  neverAsked: { sign: "–", word: STATE_WORDS.neverAsked, tone: "" },
  notShown: { sign: "◔", word: "not in lists yet", tone: "" },
  unknown: { sign: "…", word: "not judged yet", tone: "" },
})

/** In a row: the first clients, and how many others there are. @param {{change: Change}} props */
export function Deliveries({ change }) {
  const [names, others] = [clients.value.slice(0, IN_A_ROW), clients.value.slice(IN_A_ROW)]
  return html`
    <span class="deliveries">
      ${names.map((name) => html`<${Chip} key=${name} name=${name} delivery=${deliveryOf(change, name)} />`)}
      ${others.length > 0 && html`<span class="tag">${others.length} more clients</span>`}
    </span>
  `
}

/** @param {{name: string, delivery: Delivery}} props */
function Chip({ name, delivery: { state } }) {
  const { sign, word, tone } = LOOKS[state]
  return html`
    <span class=${`tag ${tone}`}><span aria-hidden="true">${sign}</span> <bdi>${lineOf(name, 24)}</bdi>: ${word}</span>
  `
}

/** In the details: a sentence for each client. @param {{change: Change}} props */
export function DeliveryList({ change }) {
  const toConnect = { panel: "connect", filter: "", open: "" }
  if (!clients.value.length) return html`<p>No client has asked yet. <${Link} to=${toConnect}>Connect a client<//></p>`
  const named = clients.value.slice(0, MOST_TOLD)
  return html`
    <ul class="versions">
      ${named.map((name) => html`<${OneDelivery} key=${name} name=${name} kind=${change.kind} delivery=${deliveryOf(change, name)} />`)}
    </ul>
    ${clients.value.length > MOST_TOLD && html`
      <p class="cut-note">The first ${MOST_TOLD} of ${clients.value.length} clients.</p>
    `}
  `
}

/** @param {{name: string, kind: string, delivery: Delivery}} props */
function OneDelivery({ name, kind, delivery }) {
  const { sign, tone } = LOOKS[delivery.state]
  return html`
    <li>
      <span class=${`tag ${tone}`}><span aria-hidden="true">${sign}</span> <bdi>${lineOf(name, 60)}</bdi></span>
      ${" "}${sentence(kind, delivery)}
    </li>
  `
}

/** @param {string} kind @param {Delivery} delivery */
function sentence(kind, { state, request, version }) {
  const by = request === null ? "a request that this page no longer has" : html`<${RequestLink} number=${request} />`
  const had = version === null ? `It has no version of the ${kind}` : `The newest version delivered to it is ${version}`
  switch (state) {
    case "delivered": return html`delivered by ${by}`
    case "written": return html`committed it itself, with ${by}`
    case "superseded": return html`superseded: ${by} delivered version ${version} of the ${kind}`
    case "upToDate": return `up to date: it lacks nothing of this ${kind}`
    case "pending": return `pending: its next reads can deliver it. ${had}.`
    case "outOfReach": return html`out of reach${request === null ? "" : html`: ${by} passed it by`}. ${had}.`
    case "neverAsked": return STATE_WORDS.neverAsked
    case "notShown": return "not in lists yet"
    default: return "not judged yet"
  }
}
