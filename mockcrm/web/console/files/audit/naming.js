// The findings that name an event, a change or a request.

import { html } from "htm/preact"

import { selected, toThing } from "../data/address.js"
import { findings } from "../data/feed.js"
import { counted, Link } from "../shell/parts.js"
import { Line } from "./prose.js"

const MOST_SHOWN = 10
const LISTS = /** @type {const} */ ({ event: "eventIds", change: "changes", request: "requests" })

/** @typedef {keyof typeof LISTS} Kind */

/** @param {Kind} kind @param {string | number} id */
function namingThing(kind, id) {
  return [...findings.value.values()].filter((each) => each[LISTS[kind]].some((one) => String(one) === String(id)))
}

/**
 * Links to the findings that name a thing; nothing if there are none.
 *
 * @param {{kind: Kind, id: string | number}} props
 */
export function FindingsOf({ kind, id }) {
  return html`<${FindingLinks} several=${namingThing(kind, id)} />`
}

/** Links to some findings. @param {{several: import("../data/types.js").Finding[]}} props */
export function FindingLinks({ several }) {
  if (!several.length) return null
  return html`
    <ul class="findings-of">
      ${several.slice(0, MOST_SHOWN).map(
        ({ number, severity, title }) => html`
          <li key=${number}>
            <span class=${`tag ${severity}`}>${severity}</span>${" "}
            <${Link} to=${toThing("finding", number)}><${Line} text=${title} /><//>
          </li>`,
      )}
      ${several.length > MOST_SHOWN && html`<li>and ${counted(several.length - MOST_SHOWN, "more finding")}</li>`}
    </ul>
  `
}

/** The same for what is selected in the page. */
export function FindingsOfSelected() {
  const chosen = selected()
  if (chosen === null || !(chosen.kind in LISTS)) return null
  const { kind, id } = /** @type {{kind: Kind, id: string}} */ (chosen)
  if (!namingThing(kind, id).length) return null
  return html`
    <div class="of-selected">
      <h4>On <bdi>${kind} ${id}</bdi>, which is selected</h4>
      <${FindingsOf} kind=${kind} id=${id} />
    </div>
  `
}
