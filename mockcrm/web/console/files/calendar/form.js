// The form of an event, in a dialog: every field, and how the change itself is made.

import { signal } from "@preact/signals"
import { html } from "htm/preact"
import { useRef, useState } from "preact/hooks"

import { Refused } from "../data/api.js"
import { go, toThing } from "../data/address.js"
import { actorOf } from "../data/differences.js"
import { changesByEvent } from "../data/feed.js"
import { cut } from "../data/text.js"
import { zone } from "../data/time.js"
import { Dialog } from "../shell/dialogs.js"
import { changedFields, lasting, modifiersOf, rebased, startingAt } from "./draft.js"
import { attempt, changeEvent, Conflict, createEvent, deleteEvent } from "./edits.js"
import { Check, Field, problemAt } from "./fields.js"
import { Attendees, RelatedLinks } from "./lists.js"
import { Staging } from "./staging.js"

/** @typedef {import("./draft.js").Editing} Editing */
/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./fields.js").Problems} Problems */

const KEPT = "Your changes are still here: save again to apply them on top."

const editing = signal(/** @type {Editing | null} */ (null))

/** Open the form. @param {Editing} what */
export function edit(what) {
  editing.value = what
}

export function EventForm() {
  return editing.value && html`<${FormOf} initial=${editing.value} />`
}

/** @param {{initial: Editing}} props */
function FormOf({ initial }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null))
  const [now, setNow] = useState(initial)
  const [problems, setProblems] = useState(/** @type {Problems} */ ({}))
  const [notice, setNotice] = useState("")
  const title = now.base ? "Edit event" : "New event"
  /** @param {Partial<Draft>} changes */
  const change = (changes) => setNow({ ...now, draft: { ...now.draft, ...changes } })
  const close = () => form.current?.closest("dialog")?.close()
  /** @param {() => Promise<unknown>} does */
  const tryTo = (does) =>
    attempt(async () => {
      const refused = await refusalOf(does)
      if (refused === null) close()
      else {
        setNow(refused instanceof Conflict ? rebased(now, refused.now) : now)
        setProblems(refused instanceof Refused ? refused.details : {})
        setNotice(`${refused.message} ${refused instanceof Conflict ? `${whoChanged(refused.now.id)} ${KEPT}` : ""}`)
      }
    })
  const erase = () => tryTo(() => remove(now))
  return html`
    <${Dialog} title=${title} class="event-form" onClose=${() => (editing.value = null)}>
      ${notice && html`<p class="notice-inside" role="alert">${notice}</p>`}
      <form ref=${form} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), tryTo(() => save(now)))}>
        <${Fields} draft=${now.draft} problems=${problems} isNew=${!now.base} onChange=${change} />
        <div class="ends">
          ${now.base && html`<button type="button" class="danger" onClick=${erase}>Delete</button>`}
          <span class="gap"></span>
          <button type="button" onClick=${close}>Cancel</button>
          <button class="primary">${now.base ? "Save" : "Create"}</button>
        </div>
      </form>
    <//>
  `
}

/** What the form is to say, if this is not done; null if it is. @param {() => Promise<unknown>} does */
async function refusalOf(does) {
  try {
    await does()
    return null
  } catch (error) {
    if (error instanceof Conflict || (error instanceof Refused && error.status === 422)) return error
    throw error
  }
}

/** @param {Editing} now */
async function save(now) {
  const [fields, modifiers] = [changedFields(now), modifiersOf(now.draft, now.base ? "edit" : "create")]
  if (now.base === null) {
    const created = await createEvent({ ...fields, ...modifiers })
    go(toThing("event", created.id))
  } else if (Object.keys({ ...fields, ...modifiers }).length) {
    await changeEvent(now.base.id, now.base.version, { ...fields, ...modifiers })
  }
}

/** @param {Editing} now */
async function remove({ base, draft }) {
  const modifiers = modifiersOf(draft, "delete")
  if (base) await deleteEvent(base.id, base.version, Object.keys(modifiers).length ? modifiers : undefined)
}

/** @param {string} id */
function whoChanged(id) {
  const last = changesByEvent.value.get(id)?.at(-1)
  return last === undefined ? "" : `It was ${cut(actorOf(last), 60)}.`
}

/** @param {{draft: Draft, problems: Problems, isNew: boolean, onChange: (change: Partial<Draft>) => void}} props */
function Fields({ draft, problems, isNew, onChange }) {
  /** @param {string} name */
  const set = (name) => (/** @type {unknown} */ value) => onChange({ [name]: value })
  /** @param {string} name */
  const problem = (name) => problemAt(problems, name)
  return html`
    <${Field} label="Subject" value=${draft.subject} onChange=${set("subject")} problem=${problem("subject")} />
    <${Times} draft=${draft} problems=${problems} onChange=${onChange} />
    <${Field} label="Location" value=${draft.location} onChange=${set("location")} problem=${problem("location")} />
    <${Field} label="Description" lines=${3} value=${draft.description} onChange=${set("description")}
      problem=${problem("description")} />
    <${Check} label="Private" checked=${draft.isPrivate} onChange=${set("isPrivate")} />
    <${Staging} draft=${draft} problems=${problems} isNew=${isNew} onChange=${onChange} />
    <${Attendees} attendees=${draft.attendees} onChange=${set("attendees")} problems=${problems} />
    <${RelatedLinks} links=${draft.relatedTo} onChange=${set("relatedTo")} problems=${problems} />
    <${Field} label="Parent event’s id" class="short" value=${draft.parentId} onChange=${set("parentId")}
      problem=${problem("parentId")} />
  `
}

/** @param {{draft: Draft, problems: Problems, onChange: (change: Partial<Draft>) => void}} props */
function Times({ draft, problems, onChange }) {
  const [type, where] = draft.allDay ? ["date", ""] : ["datetime-local", ` (${zone.value})`]
  /** @param {string} start */
  const begin = (start) => onChange(startingAt(draft, start))
  /** @param {boolean} allDay */
  const last = (allDay) => onChange(lasting(draft, allDay))
  return html`
    <div class="times">
      <${Field} label=${draft.allDay ? "First day" : `Start${where}`} type=${type} value=${draft.start}
        onChange=${begin} problem=${problemAt(problems, "startTime")} />
      <${Field} label=${draft.allDay ? "Last day" : `End${where}`} type=${type} value=${draft.end}
        onChange=${(/** @type {string} */ end) => onChange({ end })} problem=${problemAt(problems, "endTime")} />
      <${Check} label="All day" checked=${draft.allDay} onChange=${last} />
    </div>
  `
}
