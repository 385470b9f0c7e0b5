// The dialect: how this CRM behaves. Named dialects on one click, and every knob.

import { html } from "htm/preact"

import { address, go } from "../data/address.js"
import { useFollowed } from "../data/followed.js"
import { readOnce } from "../data/once.js"
import { schemas } from "../data/schemas.js"
import { grouped } from "./groups.js"
import { KnobRow } from "./knob-row.js"
import { NamedDialects } from "./named.js"

export function Dialect() {
  const [dialect, read] = useFollowed("/admin/dialect")
  const known = readOnce("/admin/dialects").value
  if (dialect === null || known === null || schemas() === null) return html`<p class="dialect-panel">…</p>`
  const groups = grouped(known.knobs, dialect, address.value.filter)
  return html`
    <div class="dialect-panel">
      <${NamedDialects} dialects=${known.dialects} knobs=${known.knobs} dialect=${dialect} read=${read} />
      <${Search} />
      ${groups.length === 0 && html`<p class="none">No knob matches the filter.</p>`}
      ${groups.map(
        ({ title, knobs }) => html`
          <section key=${title} aria-label=${title}>
            <h3>${title} <span class="count">${knobs.length}</span></h3>
            ${knobs.map(
              (knob) => html`<${KnobRow} key=${knob.name} knob=${knob} value=${dialect[knob.name]} read=${read} />`,
            )}
          </section>
        `,
      )}
    </div>
  `
}

function Search() {
  /** @param {Event} event */
  const type = (event) => go({ filter: /** @type {HTMLInputElement} */ (event.target).value }, { replace: true })
  return html`
    <input class="find" type="search" aria-label="Find a knob"
      placeholder="Find a knob by name, effect or hazard" value=${address.value.filter} onInput=${type} />
  `
}
