// The people of an event: its calendar and its owner, and who is invited.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { call, Refused, Unreachable } from "../data/api.js"
import { changes, life } from "../data/feed.js"
import { cut } from "../data/text.js"
import { RecordLink } from "../records/name.js"
import { counted } from "../shell/parts.js"

/** @typedef {import("../data/types.js").EventVersion} EventVersion */
/** @typedef {import("../data/types.js").Schemas["Person"]} Person */

export const MOST = { line: 200, rows: 8 }

/** A record by its name, with a link to its page; `otherwise` where there is no such record. @param {string} kind @param {unknown} id @param {string} [otherwise] */
export function named(kind, id, otherwise = `${kind} ${id}`) {
  return html`<${RecordLink} kind=${kind} id=${String(id)} otherwise=${cut(otherwise, MOST.line)} />`
}

/** Where an event lies, and whose it is. @param {{event: EventVersion}} props */
export function CalendarAndOwner({ event: { calendarId, ownerId } }) {
  return html`
    <dl class="whose-event">
      <dt>Calendar</dt><dd>${named("calendar", calendarId)}</dd>
      ${ownerId !== null && html`<dt>Owner</dt><dd>${named("user", ownerId)}</dd>`}
    </dl>
  `
}

/** @param {{event: EventVersion}} props */
export function People({ event: { attendees } }) {
  const shown = attendees.slice(0, MOST.rows)
  const people = usePeople(shown.flatMap((each) => (isByAddressAlone(each) ? [String(each.emailAddress)] : [])))
  if (!attendees.length) return null
  return html`
    <h4>${counted(attendees.length, "attendee")}</h4>
    <ul>${shown.map((each, at) => html`<${Attendee} key=${at} attendee=${each} people=${people} />`)}</ul>
    <${Further} count=${attendees.length} />
  `
}

/** @typedef {EventVersion["attendees"][number]} AttendeeFields */

/** @param {AttendeeFields} attendee */
function isByAddressAlone({ emailAddress, userId, contactId }) {
  return Boolean(emailAddress) && userId === null && contactId === null
}

/** @param {{attendee: AttendeeFields, people: Person[]}} props */
function Attendee({ attendee, people }) {
  const { emailAddress, userId, contactId, status } = attendee
  const names = [
    emailAddress !== null && html`<bdi>${cut(emailAddress, MOST.line)}</bdi>`,
    userId !== null && named("user", userId),
    contactId !== null && named("contact", contactId),
  ].filter(Boolean)
  const same = isByAddressAlone(attendee) ? people.filter((each) => each.emailAddress === emailAddress) : []
  return html`
    <li>
      ${names.map((name, place) => (place ? html`, ${name}` : name))} <span class="tag">${status}</span>
      ${same.length > 0 && html`<${SameAddress} people=${same} />`}
    </li>
  `
}

/** The CRM links the attendee to nobody: these are the people with that address. @param {{people: Person[]}} props */
function SameAddress({ people }) {
  return html`
    <div class="same-address">
      same address:${" "}
      ${people.slice(0, MOST.rows).map(({ kind, record }, at) => html`${at > 0 && ", "}${kind} ${named(kind, record.id)}`)}
      ${people.length > MOST.rows && ` and ${people.length - MOST.rows} more`}
    </div>
  `
}

/** Who has these addresses; read anew with each change of the CRM. @param {string[]} addresses @returns {Person[]} */
function usePeople(addresses) {
  const [people, setPeople] = useState(/** @type {Person[]} */ ([]))
  const query = `${new URLSearchParams(addresses.map((each) => ["emailAddress", each]))}`
  useEffect(() => {
    let asked = true
    if (query === "") return setPeople([])
    call("GET", `/admin/people?${query}`).then(
      (answer) => asked && setPeople(answer.people),
      (error) => {
        if (!(error instanceof Refused || error instanceof Unreachable)) throw error
      },
    )
    return () => void (asked = false)
  }, [query, changes.value.at(-1)?.seq, life.value])
  return people
}

/** @param {{count: number}} props */
export function Further({ count }) {
  return count > MOST.rows ? html`<p class="soft">and ${count - MOST.rows} more</p>` : null
}
