// The versions that an answer contained, each with its event and its change.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { toRecord, toThing } from "../data/address.js"
import { movedTo, titleOf } from "../data/changed.js"
import { changesByRecord } from "../data/feed.js"
import { versionsIn } from "../data/versions.js"
import { calendarText } from "../records/name.js"
import { Link } from "../shell/parts.js"

const AT_FIRST = 20
const AT_MOST = 1000

/** @param {{entry: Pick<import("../data/types.js").Entry, "kind" | "delivered">}} props */
export function DeliveredVersions({ entry }) {
  const [all, setAll] = useState(false)
  const rows = versionsIn(entry)
  if (!rows.length) return null
  const shown = rows.slice(0, all ? AT_MOST : AT_FIRST)
  return html`
    <h3>${entry.delivered.whole ? "Delivered" : "Would have delivered"}</h3>
    <ul class="versions">
      ${shown.map((each) => html`<${Version} ...${each} key=${`${each.id} ${each.version}`} />`)}
    </ul>
    ${rows.length > AT_FIRST && !all && html`
      <p class="cut-note"><button onClick=${() => setAll(true)}>Show all ${rows.length}</button></p>
    `}
    ${rows.length > AT_MOST && all && html`<p class="cut-note">The first ${AT_MOST} of ${rows.length}.</p>`}
  `
}

/** @param {import("../data/versions.js").Version} props */
function Version({ kind, id, version, tombstone }) {
  const changes = changesByRecord.value.get(`${kind}:${id}`) ?? []
  const change = changes.find((each) => each.version === version)
  const last = changes.at(-1)
  const to = change ? movedTo(change) : ""
  return html`
    <li>
      <${Link} to=${toRecord(kind, id)}><bdi>${last ? titleOf(last, 60) : `${kind} ${id}`}</bdi><//>
      ${" "}version ${version}${tombstone ? ", tombstone" : ""}${tombstone && to !== "" && `: it was moved to ${calendarText(to)}`}
      ${change && html` · <${Link} to=${toThing("change", change.seq)}>change ${change.seq}<//>`}
    </li>
  `
}
