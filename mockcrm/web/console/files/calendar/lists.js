// The lists in the form: who is invited, and what the event is linked to.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { Choice, Field, problemAt } from "./fields.js"

/** @typedef {import("./draft.js").Attendee} Attendee */
/** @typedef {import("./draft.js").RelatedLink} RelatedLink */
/** @typedef {import("./fields.js").Problems} Problems */

const AT_ONCE = 20
const STATUSES = ["NeedsAction", "Accepted", "Tentative", "Declined"]
const TYPES = ["Account", "Contact", "Lead", "Opportunity"]

/** @param {{attendees: Attendee[], onChange: (attendees: Attendee[]) => void, problems: Problems}} props */
export function Attendees({ attendees, onChange, problems }) {
  return html`
    <${List}
      title="Attendees" what="attendee" items=${attendees} onChange=${onChange} problems=${problems.attendees}
      fresh=${{ userId: "", emailAddress: "", contactId: "", status: STATUSES[0] }}
      fields=${(/** @type {FieldsProps} */ { item, set, problem }) => html`
        <${Field} label="E-mail address" class="wide" value=${item.emailAddress} onChange=${set("emailAddress")}
          problem=${problem("emailAddress")} />
        <${Field} label="User id" value=${item.userId} onChange=${set("userId")} problem=${problem("userId")} />
        <${Field} label="Contact id" value=${item.contactId} onChange=${set("contactId")}
          problem=${problem("contactId")} />
        <${Choice} label="Status" choices=${STATUSES} value=${item.status} onChange=${set("status")}
          problem=${problem("status")} />
      `}
    />
  `
}

/** @param {{links: RelatedLink[], onChange: (links: RelatedLink[]) => void, problems: Problems}} props */
export function RelatedLinks({ links, onChange, problems }) {
  return html`
    <${List}
      title="Linked to" what="link" items=${links} onChange=${onChange} problems=${problems.relatedTo}
      fresh=${{ type: TYPES[0], id: "", name: "" }}
      fields=${(/** @type {FieldsProps} */ { item, set, problem }) => html`
        <${Choice} label="Type" choices=${TYPES} value=${item.type} onChange=${set("type")}
          problem=${problem("type")} />
        <${Field} label="Id" value=${item.id} onChange=${set("id")} problem=${problem("id")} />
        <${Field} label="Name" value=${item.name} onChange=${set("name")} problem=${problem("name")} class="wide" />
      `}
    />
  `
}

/** @typedef {Record<string, string>} Item */
/**
 * @typedef {{item: Item, set: (name: string) => (value: string) => void,
 *   problem: (name: string) => string}} FieldsProps
 */

/**
 * @param {{title: string, what: string, items: Item[], fresh: Item, onChange: (items: Item[]) => void,
 *   problems: any, fields: (props: FieldsProps) => any}} props
 */
function List({ title, what, items, fresh, onChange, problems, fields }) {
  const [all, setAll] = useState(false)
  const shown = all ? items : items.slice(0, AT_ONCE)
  /** @param {number} at @param {Item[]} instead */
  const replace = (at, ...instead) => onChange([...items.slice(0, at), ...instead, ...items.slice(at + 1)])
  return html`
    <fieldset class="list">
      <legend>${title}</legend>
      ${problemAt(problems) && html`<p class="problem">${problemAt(problems)}</p>`}
      ${shown.map(
        (item, at) => html`
          <div class="item" role="group" aria-label=${`${title}, ${at + 1}`} key=${at}>
            ${fields({
              item,
              set: (name) => (value) => replace(at, { ...item, [name]: value }),
              problem: (name) => problemAt(problems, at, name),
            })}
            <button type="button" class="quiet" aria-label=${`Remove ${what} ${at + 1}`} onClick=${() => replace(at)}>
              ×
            </button>
            ${problemAt(problems, at, "_schema") && html`<p class="problem">${problemAt(problems, at, "_schema")}</p>`}
          </div>
        `,
      )}
      ${shown.length < items.length &&
      html`<button type="button" onClick=${() => setAll(true)}>Show all ${items.length}</button>`}
      <button type="button" onClick=${() => (setAll(true), onChange([...items, fresh]))}>Add ${what}</button>
    </fieldset>
  `
}
