// The findings, the gravest first, and of these the newest; filtered by text and by severity.

import { computed, signal } from "@preact/signals"
import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { address, go, selected } from "../data/address.js"
import { audit, findings } from "../data/feed.js"
import { counted } from "../shell/parts.js"
import { Finding } from "./finding.js"
import { FindingsOfSelected } from "./naming.js"
import { NothingFound } from "./nothing.js"

const A_PAGE = 100
const SEVERITIES = /** @type {const} */ (["error", "warning", "note"])

/** Which severity is shown; empty for all. */
const severity = signal("")

const sorted = computed(() =>
  [...findings.value.values()].sort(
    (one, other) =>
      SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) || other.number - one.number,
  ),
)

/** The number of the finding that is opened. */
function openNumber() {
  const chosen = selected()
  return chosen?.kind === "finding" ? Number(chosen.id) : null
}

export function Findings() {
  const [limit, setLimit] = useState(A_PAGE)
  const fitting = sorted.value.filter((each) => fits(each) || each.number === openNumber())
  const shown = fitting.filter((each, place) => place < limit || each.number === openNumber())
  return html`
    <section class="findings" aria-labelledby="audit-findings">
      <h3 id="audit-findings">Findings</h3>
      ${(findings.value.size > 1 || isChosen()) && html`<${Choice} />`}
      <${Gone} />
      ${findings.value.size > 0 && html`<${FindingsOfSelected} />`}
      ${findings.value.size === 0 && html`<${NothingFound} />`}
      ${findings.value.size > 0 && fitting.length === 0 && html`<${NoneFits} />`}
      <ul>
        ${shown.map(
          (each) => html`<${Finding} key=${each.number} finding=${each} open=${each.number === openNumber()} />`,
        )}
      </ul>
      ${fitting.length > shown.length && html`
        <button onClick=${() => setLimit(limit + A_PAGE)}>
          ${counted(fitting.length - shown.length, "more finding")}
        </button>`}
    </section>
  `
}

/** @param {import("../data/types.js").Finding} finding */
function fits({ severity: its, code, title, client, hazard, eventIds, explanation }) {
  if (severity.value && severity.value !== its) return false
  const wanted = address.value.filter.toLowerCase()
  const texts = [title, code, client, hazard ?? "", explanation, ...eventIds]
  return texts.some((text) => text.toLowerCase().includes(wanted))
}

function isChosen() {
  return severity.value !== "" || address.value.filter !== ""
}

function Choice() {
  /** @param {InputEvent} event */
  const write = (event) => go({ filter: /** @type {HTMLInputElement} */ (event.target).value }, { replace: true })
  const counts = Object.groupBy(findings.value.values(), (each) => each.severity)
  return html`
    <div class="choice">
      <input
        type="search" aria-label="Filter findings" placeholder="Filter by text, code, client or event"
        value=${address.value.filter} onInput=${write}
      />
      <div role="group" aria-label="Severity">
        ${SEVERITIES.filter((each) => counts[each] || severity.value === each).map(
          (each) => html`
            <button
              key=${each} aria-pressed=${severity.value === each}
              onClick=${() => (severity.value = severity.value === each ? "" : each)}
            >${counted(counts[each]?.length ?? 0, each)}</button>`,
        )}
      </div>
    </div>
  `
}

function NoneFits() {
  const showAll = () => {
    severity.value = ""
    go({ filter: "" }, { replace: true })
  }
  return html`<p class="none-fits">No finding matches the filter. <button onClick=${showAll}>Show all</button></p>`
}

/** An address may lead to a finding that holds no more. */
function Gone() {
  const number = openNumber()
  if (number === null || audit.value === null || findings.value.has(number)) return null
  return html`<p class="none-fits">Finding ${number} no longer holds, or was never found here.</p>`
}
