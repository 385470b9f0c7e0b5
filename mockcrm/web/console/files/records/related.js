// What refers to a record: its meetings, each leading to its event in the calendar, and records of other kinds.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { hashFor, toRecord } from "../data/address.js"
import { call, Refused, Unreachable } from "../data/api.js"
import { changes, life } from "../data/feed.js"
import { kindNamed, kinds, labelIn, severalOf, wordsOf } from "../data/kinds.js"
import { lineOf, subjectOf } from "../data/text.js"
import { whenText } from "../data/when.js"
import { following } from "../shell/following.js"

/** @typedef {import("../data/kinds.js").Kind} Kind */
/** @typedef {import("../data/types.js").Schemas["RelatedRecord"]} Related */
/** @typedef {{records: Related[], nextAfter: number | null}} Part */

const A_PAGE = 50

/** @param {{kind: Kind, id: string}} props */
export function RelatedTo({ kind, id }) {
  const [events] = kinds()
  const others = kinds().filter((each) => each !== events && each.fields.some(({ targets }) => targets.includes(kind.name)))
  return [events, ...others].map((of) => html`<${OfKind} key=${of.name} of=${of} kind=${kind} id=${id} isEvents=${of === events} />`)
}

/** @param {{of: Kind, kind: Kind, id: string, isEvents: boolean}} props */
function OfKind({ of, kind, id, isEvents }) {
  const [limit, setLimit] = useState(A_PAGE)
  const part = usePart(kind, id, of.name, limit)
  if (part === null || (!isEvents && part.records.length === 0)) return null
  const count = part.records.length
  return html`
    <section>
      <h4>${isEvents ? "Meetings" : severalOf(of)} <span class="soft">${count}${part.nextAfter === null ? "" : "+"}</span></h4>
      ${count === 0 && html`<p class="soft">No event refers to this ${kind.name}.</p>`}
      <ul class="related" aria-label=${isEvents ? "Meetings" : severalOf(of)}>
        ${part.records.map((each) => html`<${OneRelated} key=${String(each.record.id)} related=${each} isEvent=${isEvents} />`)}
      </ul>
      ${part.nextAfter !== null && html`<button onClick=${() => setLimit(limit * 4)}>Show more</button>`}
    </section>
  `
}

/** Read anew with each change of the CRM: any may bring or take a meeting. @param {Kind} kind @param {string} id @param {string} of @param {number} limit */
function usePart(kind, id, of, limit) {
  const [part, setPart] = useState(/** @type {Part | null} */ (null))
  useEffect(() => {
    let asked = true
    call("GET", `/admin/${kind.path}/${encodeURIComponent(id)}/related?kind=${of}&limit=${Math.min(limit, 10_000)}`).then(
      (page) => asked && setPart(page),
      (error) => {
        if (!(error instanceof Refused || error instanceof Unreachable)) throw error
      },
    )
    return () => void (asked = false)
  }, [kind.name, id, of, limit, changes.value.at(-1)?.seq, life.value])
  return part
}

/** @param {{related: Related, isEvent: boolean}} props */
function OneRelated({ related: { kind, places, record }, isEvent }) {
  const fields = /** @type {Record<string, any>} */ (record)
  const to = toRecord(kind, fields.id)
  const name = isEvent ? subjectOf(fields.subject) : labelIn(kindNamed(kind), fields) || lineOf(`${kind} ${fields.id}`)
  return html`
    <li>
      <a data-row href=${hashFor(to)} onClick=${following(to)}><bdi>${name}</bdi></a>
      ${isEvent && html`<time>${timesOf(fields)}</time>`}
      <span class="roles">${rolesOf(places, fields).map((role) => html`<span class="tag" key=${role}>${role}</span>`)}</span>
    </li>
  `
}

/** @param {Record<string, any>} event */
function timesOf({ startTime, endTime, allDay }) {
  return whenText({ start: Date.parse(startTime), end: Date.parse(endTime), allDay })
}

/** In which fields a record refers to another, in words; an attendee with the answer. @param {string[]} places @param {Record<string, any>} fields */
function rolesOf(places, fields) {
  const roles = places.map((place) => {
    const [name, at, inner] = place.split(".")
    if (inner !== undefined && fields[name]?.[at]?.status) return `attendee, ${fields[name][at].status}`
    return wordsOf({ name, targets: [""] }).toLowerCase()
  })
  return [...new Set(roles)]
}
