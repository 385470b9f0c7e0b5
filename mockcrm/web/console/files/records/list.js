// All records of a kind, by their names; deleted ones last.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { address, hashFor, toRecord } from "../data/address.js"
import { labelIn, severalOf } from "../data/kinds.js"
import { lineOf } from "../data/text.js"
import { FilterBar, filterOf, NoMatch } from "../shell/filter.js"
import { following } from "../shell/following.js"
import { Empty } from "../shell/parts.js"
import { fill } from "./form.js"
import { nameOfRecord } from "./name.js"
import { Standing, WhoseKnowledge } from "./standing.js"
import { isWhole, leftOut, MOST_LISTED, recordNamed, recordsOf, useKind } from "./store.js"

/** @typedef {import("../data/kinds.js").Kind} Kind */
/** @typedef {import("./store.js").Known} Known */

const AT_ONCE = 200
const MOST_SAID = 3

/** @param {{kind: Kind}} props */
export function RecordList({ kind }) {
  const [limit, setLimit] = useState(AT_ONCE)
  useKind(kind)
  const all = recordsOf(kind.name)
  const listed = all.filter(matcher(kind, filterOf(address.value.filter))).sort(byName(kind.name))
  return html`
    <div class="rows-bar">
      <${FilterBar} label=${`Search the ${kind.path}`} chips=${CHIPS} clients=${[]}>
        <button class="primary" onClick=${() => fill(kind)}>New ${kind.name}</button>
      <//>
      ${all.length > 0 && html`<${WhoseKnowledge} kind=${kind} />`}
    </div>
    ${isWhole(kind.name) && all.length === 0 && html`<${Nothing} kind=${kind} />`}
    ${all.length > 0 && listed.length === 0 && html`<${NoMatch} word="record" />`}
    <ul class="rows records-list" aria-label=${severalOf(kind)}>
      ${listed.slice(0, limit).map((record) => html`<${RecordRow} key=${record.id} kind=${kind} record=${record} />`)}
    </ul>
    ${listed.length > limit && html`
      <p class="rows-more"><button onClick=${() => setLimit(limit + AT_ONCE)}>
        Show more (${(listed.length - limit).toLocaleString("en")})
      </button></p>`}
    ${leftOut.value.has(kind.name) && html`
      <p class="rows-end">These are the first ${MOST_LISTED.toLocaleString("en")}. All are at <code>/admin/${kind.path}</code>.</p>`}
  `
}

const CHIPS = ["deleted"]

/** @param {Kind} kind @param {import("../shell/filter.js").Filter} filter @returns {(record: Known) => boolean} */
function matcher(kind, { is, texts }) {
  return ({ id, deleted, fields }) => {
    if (is.includes("deleted") && !deleted) return false
    if (!texts.length) return true
    const values = kind.fields.map(({ name }) => fields[name]).flat()
    const text = [id, fields.key, ...values.filter((each) => typeof each === "string")].join("\n").toLowerCase()
    const name = labelIn(kind, fields).toLowerCase()
    return texts.every((word) => text.includes(word) || name.includes(word))
  }
}

/** @param {string} kind @returns {(one: Known, other: Known) => number} */
function byName(kind) {
  return (one, other) =>
    Number(one.deleted) - Number(other.deleted) ||
    nameOfRecord(kind, one).localeCompare(nameOfRecord(kind, other), "en", { numeric: true })
}

/** @param {{kind: Kind, record: Known}} props */
function RecordRow({ kind, record }) {
  const to = toRecord(kind.name, record.id)
  return html`
    <li class="row">
      <div class="row-head">
        <a class="row-link" data-row href=${hashFor(to)} onClick=${following(to)}>
          <bdi class=${`subject ${record.deleted ? "deleted" : ""}`}>${nameOfRecord(kind.name, record)}</bdi>
          ${record.deleted && html`<span class="tag">deleted</span>`}
        </a>
        <${Standing} kind=${kind} id=${record.id} />
        <div class="row-second">${saidOf(kind, record).map((text) => html`<bdi key=${text}>${text}</bdi>`)}</div>
      </div>
    </li>
  `
}

/** The first texts besides the name: of links, what they lead to. @param {Kind} kind @param {Known} record */
function saidOf(kind, { id, fields }) {
  const shown = new Set(kind.label.find((names) => names.some((name) => fields[name])))
  const texts = kind.fields.flatMap(({ name, targets }) => {
    const value = fields[name]
    if (typeof value !== "string" || value === "" || shown.has(name)) return []
    if (!targets.length) return [lineOf(value, 48)]
    const linked = recordNamed(targets[0], value)
    return linked ? [nameOfRecord(targets[0], linked)] : []
  })
  return texts.length ? [...new Set(texts)].slice(0, MOST_SAID) : [lineOf(id)]
}

/** @param {{kind: Kind}} props */
function Nothing({ kind }) {
  return html`
    <${Empty} heading=${`The CRM has no ${kind.path} yet`}>
      <p>
        A fixture file or a seed brings some, a client creates them at <code>/api/v1/${kind.path}</code>, and here a
        colleague does. Each has a page, with its links, its changes, and the events that refer to it.
      </p>
    <//>
  `
}
