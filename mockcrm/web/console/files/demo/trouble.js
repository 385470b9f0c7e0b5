// What goes wrong, on one click: presets of the fault rules, until they are switched off again.

import { html } from "htm/preact"

import { useFollowed } from "../data/followed.js"
import { PRESETS, ruleOf } from "../faults/presets.js"
import { add, clear, remove } from "../faults/rules.js"
import { undisturbed } from "../tours/reason.js"

/** @typedef {import("../data/types.js").Rule} Rule */

const KINDS = [
  { title: "Break the connection", preset: "Outage" },
  { title: "Rate limit", preset: "Rate limit" },
  { title: "Slow answers", preset: "Slow answers" },
]
const UNTIL_CLEARED = /** @type {const} */ ({ times: "always", client: null, operation: null })

export function Trouble() {
  const [answer, read] = useFollowed("/admin/faults")
  const rules = /** @type {Rule[]} */ (answer?.faults ?? [])
  return html`
    <div class="together" role="group" aria-label="What goes wrong">
      ${KINDS.map((each) => html`<${Kind} key=${each.title} ...${each} rules=${rules} read=${read} />`)}
      <button disabled=${rules.length === 0} onClick=${() => clear(rules, read)} ...${undisturbed()}>Clear faults</button>
    </div>
  `
}

/** @param {{title: string, preset: string, rules: Rule[], read: () => Promise<void>}} props */
function Kind({ title, preset, rules, read }) {
  const kind = PRESETS.find((each) => each.title === preset)
  if (kind === undefined) return null
  const there = rules.find(({ name }) => name === preset)
  const toggle = () => (there ? remove(there, read) : add(ruleOf(kind, UNTIL_CLEARED), read))
  return html`
    <button
      class="trouble" aria-pressed=${there !== undefined} title=${kind.what} onClick=${toggle} ...${undisturbed()}
    >
      ${there && html`<span aria-hidden="true">⚡ </span>`}${title}
    </button>
  `
}
