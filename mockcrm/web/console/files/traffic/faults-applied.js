// The fault rules that were applied to a request, each with what it says, if it is still there.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { call } from "../data/api.js"
import { writeJson } from "../data/json.js"
import { lineOf } from "../data/text.js"
import { Link } from "../shell/parts.js"
import { LongText } from "../shell/long-text.js"

/** @typedef {import("../data/types.js").Entry["faults"][number]} Fault */

/** @param {{faults: Fault[]}} props */
export function AppliedFaults({ faults }) {
  const [rules, setRules] = useState(/** @type {Map<string, object>} */ (new Map()))
  useEffect(() => {
    if (!faults.length) return
    call("GET", "/admin/faults").then(
      (answer) => setRules(new Map(answer.faults.map((/** @type {{id: string}} */ rule) => [rule.id, rule]))),
      () => {},
    )
  }, [faults])
  if (!faults.length) return null
  return html`
    <h3>Faults that were applied</h3>
    ${faults.slice(0, 20).map(
      (fault) => html`<${Applied} fault=${fault} rule=${rules.get(fault.id)} key=${fault.id} />`,
    )}
  `
}

/** @param {{fault: Fault, rule: object | undefined}} props */
function Applied({ fault: { id, name, effect, problem }, rule }) {
  return html`
    <p class="fault-applied">
      <span class="tag fault">⚡ ${effect}</span>
      ${" "}<${Link} to=${{ panel: "faults", filter: id }}>rule ${id}${name ? `, ${lineOf(name, 60)}` : ""}<//>
      ${problem && html`<br />${lineOf(problem, 500)}`}
    </p>
    ${rule
      ? html`<${LongText} text=${writeJson(rule, 2)} first=${800} />`
      : html`<p class="cut-note">The rule has been removed.</p>`}
  `
}
