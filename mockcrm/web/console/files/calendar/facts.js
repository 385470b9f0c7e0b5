// What there is to say of an event.

import { html } from "htm/preact"
import { h } from "preact"
import { useState } from "preact/hooks"

import { FindingsOf } from "../audit/naming.js"
import { onAxis, toThing } from "../data/address.js"
import { cut, UNTITLED } from "../data/text.js"
import { now, shortText, zone, dateTimeText } from "../data/time.js"
import { layout } from "../shell/layout.js"
import { counted, Link } from "../shell/parts.js"
import { icon } from "./icons.js"
import { WhatClientsKnow } from "./knows.js"
import { CalendarAndOwner, Further, MOST as MOST_SHOWN, named, People } from "./people.js"
import { whenText } from "../data/when.js"

/** @typedef {import("../data/types.js").EventVersion} EventVersion */

const MOST = { ...MOST_SHOWN, title: 300, description: 400 }

/** @param {{event: EventVersion}} props */
export function Facts({ event }) {
  const times = { start: Date.parse(event.startTime), end: Date.parse(event.endTime), allDay: event.allDay }
  return html`
    <h3 id="card-title" class=${event.deleted ? "deleted" : ""}>
      <bdi>${cut(event.subject?.trim() || UNTITLED, MOST.title)}</bdi>
    </h3>
    <p>${whenText(times)}${event.allDay ? "" : html` <span class="soft">${zone.value}</span>`}</p>
    <${Tags} event=${event} />
    ${event.location && html`<p><bdi>${cut(event.location, MOST.line)}</bdi></p>`}
    <${CalendarAndOwner} event=${event} />
    <${WhatClientsKnow} record=${event} />
    <${FindingsOf} kind="event" id=${event.id} />
    ${event.description && html`<${Description} text=${event.description} />`}
    <${People} event=${event} />
    <${LinkedTo} event=${event} />
    <${History} event=${event} />
  `
}

/** @param {{event: EventVersion}} props */
function Tags({ event }) {
  if (!event.private && !event.deleted && event.parentId === null) return null
  return html`
    <p class="tags">
      ${event.private && html`<span class="tag">${icon(h, "lock")} private</span>`}
      ${event.deleted && html`<span class="tag">deleted</span>`}
      ${event.parentId !== null && html`<${ChildOf} parentId=${event.parentId} />`}
    </p>
  `
}

/** @param {{parentId: number}} props */
function ChildOf({ parentId }) {
  return html`<span class="tag">child of <${Link} to=${toThing("event", parentId)}>${String(parentId)}<//></span>`
}

/** @param {{text: string}} props */
function Description({ text }) {
  const [most, setMost] = useState(MOST.description)
  const all = counted(text.length, "character")
  return html`
    <p class="description"><bdi>${cut(text, most)}</bdi></p>
    ${text.length > most && html`<button class="more" onClick=${() => setMost(most * 10)}>More (of ${all})</button>`}
  `
}

/** @param {{event: EventVersion}} props */
function LinkedTo({ event: { relatedTo } }) {
  if (!relatedTo.length) return null
  return html`
    <h4>Linked to</h4>
    <ul>
      ${relatedTo
        .slice(0, MOST.rows)
        .map(
          ({ type, id, name }, at) =>
            html`<li key=${at}>${type} ${named(type.toLowerCase(), id, `${name ?? ""} ${id}`.trim())}</li>`,
        )}
    </ul>
    <${Further} count=${relatedTo.length} />
  `
}

/** @param {{event: EventVersion}} props */
function History({ event }) {
  const late = now.value !== null && Date.parse(event.visibleAt) > now.value
  return html`
    <p class="soft">
      Event ${event.id}${event.key === null ? "" : html` (<bdi>${cut(event.key, 60)}</bdi>)`}, version
      ${" "}${event.version} by ${event.origin === "client" ? "a client" : "a colleague in the CRM"}, last modified
      ${" "}${shortText(event.lastModifiedAt)}.
      ${late && html`<b> Lists show this version from ${dateTimeText(event.visibleAt)} on.</b>`}
    </p>
    <p class="ways">
      <${Link} to=${{ panel: "changes", filter: event.id }}>Its changes<//>
      <${Link} to=${{ panel: "traffic", filter: event.id }}>Its requests<//>
      ${layout.value !== "calendar" && html`<${Link} to=${onAxis("event", event.id)}>On the axis<//>`}
    </p>
  `
}
