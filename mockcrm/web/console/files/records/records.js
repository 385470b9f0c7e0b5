// The people, companies and whatever else the CRM keeps beside events: all of a kind, or the page of one record.

import { html } from "htm/preact"

import { address } from "../data/address.js"
import { recordKinds, kindNamed, severalOf } from "../data/kinds.js"
import { Link } from "../shell/parts.js"
import { RecordForm } from "./form.js"
import { RecordList } from "./list.js"
import { RecordPage } from "./page.js"

/** What is shown if the address does not say. */
const FIRST = "contact"

/** Kind and id of what is shown; no id where all of the kind are. */
function shown() {
  const [name, id = ""] = address.value.record.split(/:(.*)/s)
  const kind = recordKinds().find((each) => each.name === name) ?? kindNamed(FIRST) ?? recordKinds()[0]
  return { kind, id: kind?.name === name ? id : "" }
}

export function Records() {
  const { kind, id } = shown()
  if (!kind) return null
  return html`
    <nav class="kinds" aria-label="Kinds of records">
      ${recordKinds().map((each) => html`
        <${Link} key=${each.name} class=${each === kind ? "shown" : ""} current=${each === kind}
          to=${{ panel: "records", record: each.name, filter: "" }}>${severalOf(each)}<//>
      `)}
    </nav>
    ${id === ""
      ? html`<${RecordList} kind=${kind} key=${kind.name} />`
      : html`<${RecordPage} kind=${kind} id=${id} key=${`${kind.name}:${id}`} />`}
    <${RecordForm} />
  `
}
