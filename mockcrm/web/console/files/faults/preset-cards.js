// The presets, and for how long and for whom the next one is.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { clients } from "../data/knowledge.js"
import { add, remove } from "./rules.js"
import { OPERATIONS, PRESETS, ruleOf } from "./presets.js"
import { tell } from "../shell/messages.js"
import { matchWords, spanWords } from "./words.js"

/** @typedef {import("./presets.js").Scope} Scope */

const SPANS = /** @type {const} */ ([
  ["as each says", null], ["once", 1], ["the next 3", 3], ["the next 10", 10], ["until cleared", "always"],
])

/** @param {{read: () => Promise<void>, more: any}} props */
export function Presets({ read, more }) {
  const [scope, setScope] = useState(/** @type {Scope} */ ({ times: null, client: null, operation: null }))
  return html`
    <section aria-labelledby="presets">
      <h2 id="presets">Presets</h2>
      <div class="scopes">
        <${Choice} label="How often" choices=${SPANS} value=${scope.times}
          choose=${(/** @type {Scope["times"]} */ times) => setScope({ ...scope, times })} />
        <${Choice} label="For whom" choices=${[["any client", null], ...clients.value.map((each) => [each, each])]}
          value=${scope.client} choose=${(/** @type {string | null} */ client) => setScope({ ...scope, client })} />
        <${Choice} label="Requests" choices=${[["as each says", null], ...OPERATIONS.map((each) => [each, each])]}
          value=${scope.operation}
          choose=${(/** @type {string | null} */ operation) => setScope({ ...scope, operation })} />
      </div>
      <div class="presets">
        ${PRESETS.map((preset) => html`<${Card} key=${preset.title} preset=${preset} scope=${scope} read=${read} />`)}
        ${more}
      </div>
    </section>
  `
}

/** @param {{label: string, choices: any[], value: unknown, choose: (value: any) => void}} props */
function Choice({ label, choices, value, choose }) {
  /** @param {Event} event */
  const change = (event) => choose(choices[/** @type {HTMLSelectElement} */ (event.target).selectedIndex][1])
  return html`
    <label>${label}
      <select onChange=${change}>
        ${choices.map(([text, each]) => html`<option key=${text} selected=${each === value}>${text}</option>`)}
      </select>
    </label>
  `
}

/** @param {{preset: import("./presets.js").Preset, scope: Scope, read: () => Promise<void>}} props */
function Card({ preset, scope, read }) {
  const rule = /** @type {import("./words.js").Rule} */ (/** @type {unknown} */ (ruleOf(preset, scope)))
  const id = `preset-${preset.title.replaceAll(" ", "-")}`
  const put = async () => {
    const added = await add(rule, read)
    if (added) tell(`${preset.title}: ${spanWords(rule)} · ${matchWords(rule)}`, { undo: () => remove(added, read) })
  }
  return html`
    <div class="preset">
      <button aria-describedby=${id} onClick=${put}>${preset.title}</button>
      <p id=${id}>${preset.what}</p>
      <p class="scope">${spanWords(rule)} · ${matchWords(rule)}</p>
    </div>
  `
}
