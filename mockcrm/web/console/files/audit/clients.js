// The clients that the audit knows: what each has asked for, and how it fares.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { audit, findings } from "../data/feed.js"
import { counted, Link, Verdict } from "../shell/parts.js"
import { Reasons } from "./reasons.js"

const AT_FIRST = 10
const MOST_NAMES = 10
const GRAVITY = ["failed", "inconclusive", "passed"]

export function Clients() {
  const [all, setAll] = useState(false)
  const clients = [...(audit.value?.clients ?? [])].sort(
    (one, other) => GRAVITY.indexOf(one.verdict) - GRAVITY.indexOf(other.verdict),
  )
  if (!clients.length) return null
  const shown = all ? clients : clients.slice(0, AT_FIRST)
  return html`
    <section class="clients" aria-labelledby="audit-clients">
      <h3 id="audit-clients">Clients</h3>
      <ul>${shown.map((each) => html`<${OneClient} key=${each.client} client=${each} />`)}</ul>
      ${clients.length > shown.length && html`
        <button onClick=${() => setAll(true)}>${counted(clients.length - shown.length, "more client")}</button>`}
    </section>
  `
}

/** @param {{client: import("../data/types.js").Client}} props */
function OneClient({ client: { client, names, verdict, reasons, pending, stats, findings: numbers } }) {
  const others = names.filter((each) => each !== client)
  return html`
    <li class="client">
      <${Verdict} verdict=${verdict} />
      <div>
        <p class="name">
          <${Link} to=${{ client }} label=${`Show in the calendar what ${client} knows`}><bdi>${client}</bdi><//>
        </p>
        <p class="numbers">
          ${counted(stats.requests, "request")} · ${counted(stats.events, "event")} delivered ·${" "}
          ${counted(pending, "change")} pending
        </p>
        ${others.length > 0 && html`
          <p class="names">
            also known as <bdi>${others.slice(0, MOST_NAMES).join(", ")}</bdi>
            ${others.length > MOST_NAMES && ` and by ${counted(others.length - MOST_NAMES, "other name")}`}
          </p>`}
        <${Reasons} reasons=${withoutFindings(reasons, numbers)} />
      </div>
    </li>
  `
}

/** The reasons that are no findings, which stand below. @param {string[]} reasons @param {number[]} numbers */
function withoutFindings(reasons, numbers) {
  const found = numbers.flatMap((number) => findings.value.get(number) ?? [])
  const said = new Set(found.map(({ code, title }) => `${code}: ${title}.`))
  return reasons.filter((each) => !said.has(each))
}
