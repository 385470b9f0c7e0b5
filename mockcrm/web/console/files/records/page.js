// The page of one record: its fields, its links, its changes, and what refers to it: first of all its meetings.

import { html } from "htm/preact"
import { useEffect, useRef } from "preact/hooks"

import { WhatClientsKnow } from "../calendar/knows.js"
import { changesByRecord } from "../data/feed.js"
import { severalOf, wordsOf } from "../data/kinds.js"
import { blockOf, lineOf } from "../data/text.js"
import { shortText } from "../data/time.js"
import { writeJson } from "../data/json.js"
import { Empty, Link } from "../shell/parts.js"
import { removeRecord, restoreRecord } from "./edits.js"
import { fill } from "./form.js"
import { nameOfRecord, RecordLink } from "./name.js"
import { RelatedTo } from "./related.js"
import { useRecord } from "./store.js"

/** @typedef {import("../data/kinds.js").Kind} Kind */
/** @typedef {import("../data/kinds.js").KindField} KindField */
/** @typedef {import("./store.js").Known} Known */

const LONGEST = 2000
const MOST_MEMBERS = 50

/** @param {{kind: Kind, id: string}} props */
export function RecordPage({ kind, id }) {
  const record = useRecord(kind, id)
  return html`
    <article class="record">
      <p class="crumbs"><${Link} to=${{ record: kind.name }}><span aria-hidden="true">‹ </span>All ${kind.path}<//></p>
      ${record === null && html`<${Empty} heading=${`There is no ${kind.name} ${lineOf(id)}`} />`}
      ${record && html`<${Whole} kind=${kind} record=${record} />`}
    </article>
  `
}

/** @param {{kind: Kind, record: Known}} props */
function Whole({ kind, record }) {
  return html`
    <${Head} kind=${kind} record=${record} />
    <${Facts} kind=${kind} record=${record} />
    <section><h4>What clients know</h4><${WhatClientsKnow} kind=${kind.name} record=${record} /></section>
    <${RelatedTo} kind=${kind} id=${record.id} />
  `
}

/** @param {{kind: Kind, record: Known}} props */
function Head({ kind, record }) {
  const title = useRef(/** @type {HTMLElement | null} */ (null))
  useEffect(() => {
    // What had the focus is gone with the list.
    if (document.activeElement === document.body) title.current?.focus({ preventScroll: true })
  }, [])
  return html`
    <header>
      <h3 ref=${title} tabindex="-1"><bdi class=${record.deleted ? "deleted" : ""}>${nameOfRecord(kind.name, record)}</bdi></h3>
      <span class="tag">${kind.name}</span>
      ${record.deleted && html`<span class="tag error">deleted</span>`}
      <span class="ways">
        ${record.deleted
          ? html`<button class="primary" onClick=${() => restoreRecord(kind, record.id)}>Restore</button>`
          : html`
              <button onClick=${() => fill(kind, record.id)}>Edit</button>
              <button class="danger" onClick=${() => removeRecord(kind, record.id)}>Delete</button>
            `}
      </span>
    </header>
  `
}

/** @param {{kind: Kind, record: Known}} props */
function Facts({ kind, record: { id, version, fields } }) {
  const filled = kind.fields.filter(({ name }) => !isEmpty(fields[name]))
  const count = changesByRecord.value.get(`${kind.name}:${id}`)?.length ?? 0
  return html`
    <dl class="facts">
      ${filled.map((field) => html`
        <dt key=${field.name}>${wordsOf(field)}</dt><dd><${Value} field=${field} value=${fields[field.name]} /></dd>
      `)}
      <dt>Id</dt><dd class="id">${lineOf(id)}${fields.key ? html` <span class="soft">(key <bdi>${lineOf(String(fields.key), 60)}</bdi>)</span>` : ""}</dd>
      <dt>Version</dt><dd>${version}, last modified ${shortText(String(fields.lastModifiedAt))}</dd>
    </dl>
    <p class="doings">
      <${Link} to=${{ panel: "changes", filter: `${kind.name}:${id}` }}>Its changes${count > 0 && ` (${count})`}<//>
      <${Link} to=${{ panel: "traffic", filter: id }}>Its requests<//>
    </p>
  `
}

/** @param {unknown} value */
function isEmpty(value) {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)
}

/** @param {{field: KindField, value: unknown}} props */
function Value({ field, value }) {
  const [target] = field.targets
  if (Array.isArray(value)) {
    return html`
      <ul class="members">
        ${value.slice(0, MOST_MEMBERS).map((each, at) => html`<li key=${at}><${Member} target=${target} value=${each} /></li>`)}
        ${value.length > MOST_MEMBERS && html`<li class="soft">and ${value.length - MOST_MEMBERS} more</li>`}
      </ul>
    `
  }
  return html`<${Member} target=${target} value=${value} />`
}

/** @param {{target: string | undefined, value: unknown}} props */
function Member({ target, value }) {
  if (typeof value === "boolean") return value ? "yes" : "no"
  if (typeof value === "object" && value !== null && "type" in value && "id" in value) {
    const kind = String(value.type).toLowerCase()
    return html`${String(value.type)} <${RecordLink} kind=${kind} id=${String(value.id)} />`
  }
  if (typeof value !== "string") return html`<bdi>${typeof value === "number" ? value.toLocaleString("en") : writeJson(value)}</bdi>`
  if (target !== undefined) return html`<${RecordLink} kind=${target} id=${value} />`
  return html`<bdi class="text">${blockOf(value, LONGEST)}</bdi>`
}
