// What a client knows of an event, in a sentence.

import { html } from "htm/preact"

import { toThing } from "../data/address.js"
import { clients, knowledgeOf } from "../data/knowledge.js"
import { cut } from "../data/text.js"
import { dateTimeText } from "../data/time.js"
import { Link } from "../shell/parts.js"

/** @param {{event: import("../data/types.js").EventVersion}} props */
export function WhatClientsKnow({ event }) {
  if (!clients.value.length) return html`<p class="soft">No client has asked for anything yet.</p>`
  return html`
    <ul class="knows">
      ${clients.value.map(
        (client) =>
          html`
            <li key=${client} class=${knowledgeOf(event.id, client).state}>
              <span class="swatch" aria-hidden="true"></span>
              <p><${Sentence} client=${client} event=${event} /></p>
            </li>
          `,
      )}
    </ul>
  `
}

/** @param {{client: string, event: import("../data/types.js").EventVersion}} props */
function Sentence({ client, event }) {
  const { state, delivered, passedBy, listed, until } = knowledgeOf(event.id, client)
  const who = html`<b><bdi>${cut(client, 60)}</bdi></b>`
  const version = event.deleted ? "the deletion" : `version ${event.version}`
  const had = delivered === null ? "has no version of it" : `was delivered version ${delivered}`
  if (state === "upToDate") return html`${who} is up to date${delivered === null ? "" : ` with version ${delivered}`}.`
  if (state === "neverAsked") return html`${who} has never asked for it.`
  const when = listed ? "a later read can still bring it" : "lists do not show it yet"
  if (state === "pending" && until !== null) {
    return html`
      ${who} ${had}; ${version} is pending until <time datetime=${until}>${dateTimeText(until)}</time>: a read that the
      client makes from time to time can still bring it. After that it is out of reach.
    `
  }
  if (state === "pending") return html`${who} ${had}; ${version} is pending: ${when}.`
  if (passedBy === null) return html`${who} ${had}; ${version} is out of reach.`
  const request = html`<${Link} to=${toThing("request", passedBy)}>request ${passedBy}<//>`
  return html`${who} ${had}; ${version} is out of reach: ${request} passed it by.`
}
