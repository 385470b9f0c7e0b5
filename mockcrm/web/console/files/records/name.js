// A record by its name, as a link to its page.

import { html } from "htm/preact"

import { toRecord } from "../data/address.js"
import { kindNamed, labelIn } from "../data/kinds.js"
import { lineOf } from "../data/text.js"
import { Link } from "../shell/parts.js"
import { knownSoon, useRecord } from "./store.js"

/** What a record is called: its label, or its kind and id. @param {string} kind @param {import("./store.js").Known} record */
export function nameOfRecord(kind, { id, fields }) {
  return labelIn(kindNamed(kind), fields) || lineOf(`${kind} ${id}`)
}

/**
 * The record that a link leads to. Where there is none, `otherwise` stands, or the id with a word that says so.
 *
 * @param {{kind: string, id: string, otherwise?: string}} props
 */
export function RecordLink({ kind, id, otherwise }) {
  const record = useRecord(kindNamed(kind), id)
  if (record === undefined) return html`<bdi>${otherwise ?? lineOf(id)}</bdi>`
  if (record === null) {
    return html`<bdi>${otherwise ?? lineOf(id)}</bdi>${otherwise === undefined && html` <span class="tag warning">not there</span>`}`
  }
  return html`
    <${Link} to=${toRecord(kind, id)}><bdi class=${record.deleted ? "deleted" : ""}>${nameOfRecord(kind, record)}</bdi><//>
    ${record.deleted && html` <span class="tag">deleted</span>`}
  `
}

/** The name of a calendar, or its id until it is known, for a sentence. @param {string} id */
export function calendarText(id) {
  const found = knownSoon(kindNamed("calendar"), id)
  return found ? `\u2068${nameOfRecord("calendar", found)}\u2069` : lineOf(`calendar ${id}`)
}
