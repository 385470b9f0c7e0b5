// The verdict on all clients, large, and in words what it rests on.

import { html } from "htm/preact"

import { audit, auditBehind, findings } from "../data/feed.js"
import { counted, Verdict } from "../shell/parts.js"
import { Reasons } from "./reasons.js"

export function WholeVerdict() {
  const whole = audit.value
  return html`
    <section class="whole" aria-label="Verdict">
      <${Verdict} verdict=${whole?.verdict ?? "inconclusive"} large />
      <div class="rests-on">
        <p>${summary(whole)}</p>
        ${auditBehind.value && html`<p class="behind">The audit is catching up with what has just happened.</p>`}
        ${whole && html`<${Reasons} reasons=${ownReasons(whole)} />`}
      </div>
    </section>
  `
}

const SEVERITIES = /** @type {const} */ (["error", "warning", "note"])

/** @param {import("../data/types.js").Audit | null} whole */
function summary(whole) {
  if (whole === null) return "The audit is not known yet."
  if (!whole.clients.length) return null
  const judged = ["failed", "inconclusive", "passed"]
    .map((verdict) => ({ verdict, count: whole.clients.filter((each) => each.verdict === verdict).length }))
    .filter(({ count }) => count)
  const found = SEVERITIES.map((severity) => ({
    severity,
    count: [...findings.value.values()].filter((each) => each.severity === severity).length,
  })).filter(({ count }) => count)
  const clients = judged.map(({ verdict, count }) => `${count.toLocaleString("en")} ${verdict}`).join(", ")
  const all = counted(whole.clients.length, "client")
  const grave = found.map(({ severity, count }) => counted(count, severity)).join(", ")
  return `${judged.length === 1 ? `${all} ${judged[0].verdict}` : `${all}: ${clients}`}. ${grave || "No findings"}.`
}

/**
 * The reasons that are not those of a single client, which stand beside it.
 *
 * @param {import("../data/types.js").Audit} whole
 */
function ownReasons(whole) {
  const said = new Set(whole.clients.flatMap(({ client, reasons }) => reasons.map((each) => `${client}: ${each}`)))
  return whole.reasons.filter((each) => !said.has(each))
}
