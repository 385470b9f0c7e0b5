// The versions that an answer contained, each with its event and its change.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { toThing } from "../data/address.js"
import { changesByEvent } from "../data/feed.js"
import { subjectOf } from "../data/text.js"
import { Link } from "../shell/parts.js"

/** @typedef {import("../data/types.js").Entry["delivered"]} Delivery */

const AT_FIRST = 20
const AT_MOST = 1000

/** @param {{delivered: Delivery}} props */
export function DeliveredVersions({ delivered: { events, tombstones, whole } }) {
  const [all, setAll] = useState(false)
  const rows = [
    ...events.map((each) => ({ ...each, tombstone: false })),
    ...tombstones.map((each) => ({ ...each, tombstone: true })),
  ]
  if (!rows.length) return null
  const shown = rows.slice(0, all ? AT_MOST : AT_FIRST)
  return html`
    <h3>${whole ? "Delivered" : "Would have delivered"}</h3>
    <ul class="versions">
      ${shown.map((each) => html`<${Version} ...${each} key=${`${each.id} ${each.version}`} />`)}
    </ul>
    ${rows.length > AT_FIRST && !all && html`
      <p class="cut-note"><button onClick=${() => setAll(true)}>Show all ${rows.length}</button></p>
    `}
    ${rows.length > AT_MOST && all && html`<p class="cut-note">The first ${AT_MOST} of ${rows.length}.</p>`}
  `
}

/** @param {{id: string, version: number, tombstone: boolean}} props */
function Version({ id, version, tombstone }) {
  const changes = changesByEvent.value.get(id) ?? []
  const change = changes.find((each) => each.version === version)
  const subject = [...changes].reverse().map((each) => (each.after ?? each.before)?.subject).find(Boolean)
  return html`
    <li>
      <${Link} to=${toThing("event", id)}><bdi>${subject ? subjectOf(subject, 60) : `event ${id}`}</bdi><//>
      ${" "}version ${version}${tombstone ? ", tombstone" : ""}
      ${change && html` · <${Link} to=${toThing("change", change.seq)}>change ${change.seq}<//>`}
    </li>
  `
}
