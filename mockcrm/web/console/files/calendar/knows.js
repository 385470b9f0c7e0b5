// What each client knows of a record, in sentences.

import { html } from "htm/preact"

import { toThing } from "../data/address.js"
import { kindNamed } from "../data/kinds.js"
import { clients, hasAskedFor, knownOf } from "../data/knowledge.js"
import { cut } from "../data/text.js"
import { dateTimeText } from "../data/time.js"
import { Link } from "../shell/parts.js"

/** A record, of which this is the latest version. @typedef {{id: string, version: number, deleted: boolean}} Version */

/** @param {{kind?: string, record: Version}} props */
export function WhatClientsKnow({ kind = "event", record }) {
  if (!clients.value.length) return html`<p class="soft">No client has asked for anything yet.</p>`
  return html`
    <ul class="knows">
      ${clients.value.map((client) => html`<${One} key=${client} client=${client} kind=${kind} record=${record} />`)}
    </ul>
  `
}

/** @typedef {{client: string, kind: string, record: Version}} Props */

/** @param {Props} props */
function One({ client, kind, record }) {
  const known = knownOf(kind, record.id, client)
  return html`
    <li class=${known?.state ?? "unread"}>
      <span class="swatch" aria-hidden="true"></span>
      <p><b><bdi>${cut(client, 60)}</bdi></b> ${known ? sentence({ client, kind, record }, known) : "…"}</p>
    </li>
  `
}

/** @param {Props} props @param {import("../data/knowledge.js").Knowledge} known */
function sentence({ client, kind, record }, { state, delivered, passedBy, listed, until }) {
  const version = record.deleted ? "the deletion" : `version ${record.version}`
  const had = delivered === null ? "has no version of it" : `was delivered version ${delivered}`
  if (state === "upToDate") return `is up to date${delivered === null ? "" : ` with version ${delivered}`}.`
  if (state === "neverAsked") return `has never asked for ${hasAskedFor(client, kind) ? "it" : (kindNamed(kind)?.path ?? "it")}.`
  if (state === "pending" && until !== null) {
    return html`
      ${had}; ${version} is pending until <time datetime=${until}>${dateTimeText(until)}</time>: a read that the
      client makes from time to time can still bring it. After that it is out of reach.
    `
  }
  if (state === "pending") return `${had}; ${version} is pending: ${listed ? "a later read can still bring it" : "lists do not show it yet"}.`
  if (passedBy === null) return `${had}; ${version} is out of reach.`
  const request = html`<${Link} to=${toThing("request", passedBy)}>request ${passedBy}<//>`
  return html`${had}; ${version} is out of reach: ${request} passed it by.`
}
