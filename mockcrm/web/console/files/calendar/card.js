// The card of the event that is selected: its facts, what each client knows of it, and what can be done to it.

import { html } from "htm/preact"
import { useEffect, useRef, useState } from "preact/hooks"

import { go, selected } from "../data/address.js"
import { Refused } from "../data/api.js"
import { life } from "../data/feed.js"
import { dayOf } from "../data/time.js"
import { pictures } from "./drawn.js"
import { Facts } from "./facts.js"
import { draftOf } from "./draft.js"
import { attempt, deleteEvent, readEvent, restoreEvent } from "./edits.js"
import { edit } from "./form.js"
import { focusedOfChosen, placeBeside } from "./place.js"
import { quoted } from "./rows.js"
import { rowById, stirred } from "./store.js"
import { shownRange } from "./views.js"

/** @typedef {import("../data/types.js").EventVersion} EventVersion */

export function Card() {
  const chosen = selected()
  return chosen?.kind === "event" ? html`<${CardOf} id=${chosen.id} key=${chosen.id} />` : null
}

/** @param {{id: string}} props */
function CardOf({ id }) {
  const { event, missing } = useEvent(id)
  const card = useRef(/** @type {HTMLElement | null} */ (null))
  useEffect(() => {
    if (event === null || isShown(event)) return
    go({ date: event.allDay ? event.startTime.slice(0, 10) : dayOf(event.startTime) }, { replace: true })
  }, [event !== null])
  useEffect(() => card.current?.focus({ preventScroll: true }), [event !== null, missing])
  usePlace(card, [event?.version, missing, shownRange.value])
  if (event === null && !missing) return null
  return html`
    <div
      class="event-card" ref=${card} tabindex="-1" role="dialog" aria-labelledby="card-title" onKeyDown=${closeOnEscape}
    >
      <button class="quiet close" aria-label="Close" onClick=${close}>×</button>
      ${event === null && html`<h3 id="card-title">There is no event ${quoted(id)}</h3>`}
      ${event && html`<${Facts} event=${event} /><${Buttons} event=${event} />`}
    </div>
  `
}

/**
 * Stand beside the event, as soon as it is drawn, and again when `reasons` change; not whenever something else is
 * drawn.
 *
 * @param {{current: HTMLElement | null}} card @param {unknown[]} reasons
 */
function usePlace(card, reasons) {
  const placed = useRef(false)
  useEffect(() => {
    placed.current = false
    const again = () => card.current && placeBeside(card.current)
    addEventListener("resize", again)
    return () => removeEventListener("resize", again)
  }, reasons)
  useEffect(() => {
    if (card.current && !placed.current) placed.current = placeBeside(card.current)
  }, [...reasons, pictures.value])
}

/** The whole event, read anew whenever it has changed. @param {string} id */
function useEvent(id) {
  const [read, setRead] = useState(
    /** @type {{event: EventVersion | null, missing: boolean}} */ ({ event: null, missing: false }),
  )
  void stirred.value
  useEffect(() => {
    let asked = true
    readEvent(id).then(
      ({ event }) => asked && setRead({ event, missing: false }),
      (error) => asked && error instanceof Refused && error.status === 404 && setRead({ event: null, missing: true }),
    )
    return () => void (asked = false)
  }, [id, rowById(id)?.version, life.value])
  return read
}

/** @param {EventVersion} event */
function isShown(event) {
  const range = shownRange.peek()
  return range !== null && Date.parse(event.startTime) < range.to && Date.parse(event.endTime) >= range.from
}

function close() {
  const chosen = focusedOfChosen()
  go({ open: "" })
  chosen?.focus()
}

/** @param {KeyboardEvent} event */
function closeOnEscape(event) {
  if (event.key === "Escape") close()
}

/** @param {{event: EventVersion}} props */
function Buttons({ event }) {
  const restore = () => attempt(() => restoreEvent(event.id))
  if (event.deleted) return html`<div class="ends"><button class="primary" onClick=${restore}>Restore</button></div>`
  return html`
    <div class="ends">
      <button class="primary" onClick=${() => edit(draftOf(event))}>Edit</button>
      <button class="danger" onClick=${() => attempt(() => deleteEvent(event.id, event.version))}>Delete</button>
    </div>
  `
}
