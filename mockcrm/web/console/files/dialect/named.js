// The named dialects: each on one click, with what it would change.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { act } from "../data/actions.js"
import { same } from "./groups.js"
import { valueText } from "./knob-row.js"

/** @typedef {Record<string, any>} Values */
/** @typedef {import("../data/types.js").Knob} Knob */

/** @param {{dialects: Values[], knobs: Knob[], dialect: Values, read: () => Promise<void>}} props */
export function NamedDialects({ dialects, knobs, dialect, read }) {
  const [pointed, setPointed] = useState(/** @type {string | null} */ (null))
  const shown = dialects.find(({ name }) => name === (pointed ?? dialect.name))
  return html`
    <section class="named" aria-labelledby="named">
      <h2 id="named">Named dialects</h2>
      <div class="names" role="group" aria-label="Named dialects" onMouseLeave=${() => setPointed(null)}>
        ${dialects.map(
          (each) => html`
            <button
              key=${each.name} aria-pressed=${each.name === dialect.name} aria-describedby="named-what"
              onMouseEnter=${() => setPointed(each.name)} onFocus=${() => setPointed(each.name)}
              onBlur=${() => setPointed(null)} onClick=${() => speak(each, dialect, knobs, read)}
            >${each.name}</button>
          `,
        )}
      </div>
      <div class="named-what" id="named-what">
        ${shown
          ? html`<${What} named=${shown} changes=${changesTo(shown, dialect, knobs)} />`
          : html`<${Mix} dialect=${dialect} knobs=${knobs} />`}
      </div>
    </section>
  `
}

/** @param {{named: Values, changes: Knob[]}} props */
function What({ named, changes }) {
  return html`
    <p>${named.sentence}</p>
    <p class="soft">${named.unlike} Source: ${named.source}</p>
    ${changes.length > 0 && html`<p>Would change ${changes.map(({ name }) => name).join(", ")}.</p>`}
  `
}

/** @param {{dialect: Values, knobs: Knob[]}} props */
function Mix({ dialect, knobs }) {
  const differing = knobs.filter((knob) => !same(dialect[knob.name], knob.default))
  const values = differing.map(({ name }) => `${name} ${valueText(dialect[name])}`)
  return html`<p>A dialect without a name. Changed from the default: ${values.join(", ")}.</p>`
}

/** The knobs that differ in two dialects. @param {Values} one @param {Values} other @param {Knob[]} knobs */
function changesTo(one, other, knobs) {
  return knobs.filter(({ name }) => !same(one[name], other[name]))
}

/** @param {Values} named @param {Values} had @param {Knob[]} knobs @param {() => Promise<void>} read */
async function speak(named, had, knobs, read) {
  const changes = changesTo(named, had, knobs).map(({ name }) => name)
  if (!changes.length) return
  const undo = async () => {
    await act("PUT", "/admin/dialect", had, { done: "The dialect is as it was." })
    await read()
  }
  await act("PUT", "/admin/dialect", { name: named.name }, {
    done: `The CRM speaks ${named.name} now. Changed: ${changes.join(", ")}.`, undo,
  })
  await read()
}
