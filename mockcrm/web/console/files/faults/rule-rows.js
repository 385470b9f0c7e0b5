// The fault rules that there are, in the order in which they are tried, each with the requests it was applied to.

import { computed } from "@preact/signals"
import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { toThing } from "../data/address.js"
import { requests } from "../data/feed.js"
import { counted, Link } from "../shell/parts.js"
import { clear, remove } from "./rules.js"
import { effectWords, isSpent, matchWords, spanWords } from "./words.js"

/** @typedef {import("./words.js").Rule} Rule */

const FIRST_RULES = 50
const NEWEST_REQUESTS = 6

/** The known requests that each rule was applied to, by the rule's id. */
const requestsByRule = computed(() => {
  const found = /** @type {Map<string, import("../data/types.js").Entry[]>} */ (new Map())
  for (const request of requests.value) {
    for (const { id } of request.faults) {
      const applied = found.get(id)
      if (applied) applied.push(request)
      else found.set(id, [request])
    }
  }
  return found
})

/** @param {{rules: Rule[] | null, read: () => Promise<void>}} props */
export function Rules({ rules, read }) {
  const [all, setAll] = useState(false)
  if (rules === null) return null
  const shown = all ? rules : rules.slice(0, FIRST_RULES)
  return html`
    <section aria-labelledby="rules">
      <div class="rules-head">
        <h2 id="rules">Rules</h2>
        ${rules.length > 0 && html`<button class="danger" onClick=${() => clear(rules, read)}>Clear all</button>`}
      </div>
      ${rules.length === 0 && html`<p class="none">No rules: the server answers as it should. Choose a preset to make it fail.</p>`}
      <ul class="rules" aria-label="Fault rules">
        ${shown.map((rule) => html`<${Row} key=${rule.id} rule=${rule} read=${read} />`)}
      </ul>
      ${shown.length < rules.length &&
      html`<button onClick=${() => setAll(true)}>Show all ${rules.length.toLocaleString("en")}</button>`}
    </section>
  `
}

/** @param {{rule: Rule, read: () => Promise<void>}} props */
function Row({ rule, read }) {
  const { name, given } = effectWords(rule.effect)
  const title = rule.name ?? name
  return html`
    <li class=${`rule ${isSpent(rule) ? "spent" : ""}`} data-row tabindex="-1">
      <div class="rule-title">
        <span class="tag fault">⚡ ${rule.id}</span> <strong>${title}</strong>
        <code>${[title === name ? "" : name, given].join(" ")}</code>
      </div>
      <button class="quiet" aria-label=${`Remove ${rule.id} ${title}`} onClick=${() => remove(rule, read)}>
        Remove
      </button>
      <div class="rule-more">
        ${spanWords(rule)} · ${matchWords(rule)} · <${Applied} rule=${rule} />
      </div>
      <${AppliedTo} requests=${requestsByRule.value.get(rule.id) ?? []} />
      ${rule.problem && html`<div class="refusal">${rule.problem.slice(0, 300)}</div>`}
    </li>
  `
}

/** @param {{rule: Rule}} props */
function Applied({ rule }) {
  if (rule.seen === 0 && rule.applied === 0) return html`<em>waits for its first request</em>`
  const spent = isSpent(rule) ? ", and no more" : ""
  const seen = rule.seen.toLocaleString("en")
  return html`<span>applied to ${counted(rule.applied, "request")} of ${seen} that match${spent}</span>`
}

/** @param {{requests: import("../data/types.js").Entry[]}} props */
function AppliedTo({ requests: applied }) {
  if (!applied.length) return null
  const newest = applied.slice(-NEWEST_REQUESTS).reverse()
  const older = applied.length - newest.length
  return html`
    <div class="applied-to">
      ${newest.map(
        ({ number, method, operation, status }) => html`
          <${Link} key=${number} to=${toThing("request", number)}>
            #${number} ${operation ?? method} ${status ?? "–"}
          <//>
        `,
      )}
      ${older > 0 && html`<span>and ${older.toLocaleString("en")} before</span>`}
    </div>
  `
}
