// How a client stands to the records of a kind: whether it has each as it is, has an older version, or has none.

import { html } from "htm/preact"

import { hasAskedFor, isRead, knownOf, shownClient, STATE_WORDS } from "../data/knowledge.js"
import { cut } from "../data/text.js"
import { ShownClient } from "../calendar/legend.js"

/** @typedef {import("../data/kinds.js").Kind} Kind */
/** @typedef {import("../data/knowledge.js").Knowledge} Knowledge */

/** Above a list: whose knowledge it shows, or that the client has asked for no such records. @param {{kind: Kind}} props */
export function WhoseKnowledge({ kind }) {
  const client = shownClient.value
  if (!client) return null
  const asks = hasAskedFor(client, kind.name)
  return html`
    <p class="whose">
      <${ShownClient} />${asks ? "" : html`: <b><bdi>${cut(client, 40)}</bdi></b> has never asked for ${kind.path}.`}
    </p>
  `
}

/** What the client that is shown knows of one record, by sign and word. @param {{kind: Kind, id: string}} props */
export function Standing({ kind, id }) {
  const client = shownClient.value
  if (!client || !hasAskedFor(client, kind.name)) return null
  const known = knownOf(kind.name, id, client)
  if (known === null) return isRead(client, kind.name) ? html`<span class="standing">not read</span>` : null
  return html`
    <span class=${`standing ${known.state}`}><span class="swatch" aria-hidden="true"></span>${words(known)}</span>
  `
}

/** @param {Knowledge} known */
function words({ state, delivered }) {
  if (state === "upToDate") return "known"
  if (state === "neverAsked") return STATE_WORDS.neverAsked
  return `${delivered === null ? "not known" : "older version known"}, ${STATE_WORDS[state]}`
}
