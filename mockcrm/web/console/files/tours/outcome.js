// How a run has ended, on the card where it has: its outcome, what the audit found, and what a correct client does.

import { html } from "htm/preact"

import { Leads } from "../audit/finding.js"
import { Line, Prose } from "../audit/prose.js"
import { Reasons } from "../audit/reasons.js"
import { toThing } from "../data/address.js"
import { findings } from "../data/feed.js"
import { lastCardOf } from "../data/tour.js"
import { counted, Link } from "../shell/parts.js"

/** @typedef {import("../data/tour.js").TourRun} TourRun */
/** @typedef {import("../data/tour.js").WholeTour} WholeTour */

const SIGNS = /** @type {Record<string, string>} */ ({ passed: "✓", inconclusive: "?" })

/** @param {{whole: WholeTour}} props */
export function Outcome({ whole }) {
  const [ended, ...others] = endedAt(whole)
  if (ended === undefined) return null
  return html`
    <div class="tour-outcome">
      <p class="tour-verdicts" role="status">
        <${RunVerdict} run=${ended} />${others.map((each) => html`<${RunVerdict} key=${each.client} run=${each} before />`)}
      </p>
      ${ended.findings.length > 0 ? html`<${Found} whole=${whole} run=${ended} />` : html`<${NothingFound} run=${ended} />`}
    </div>
  `
}

/**
 * The runs that have ended where the tour stands: the one that the card is about, and the earlier one beside it.
 *
 * @param {WholeTour} whole @returns {TourRun[]}
 */
function endedAt(whole) {
  const { texts, card, moving, runs } = whole
  const run = texts[card - 1]?.run ?? "careful"
  if (moving || card < lastCardOf(whole, run)) return []
  return [runs[run], ...(run === "careful" ? [runs.careless] : [])].filter((each) => each !== null)
}

/** @param {{run: TourRun, before?: boolean}} props */
function RunVerdict({ run: { client, outcome }, before = false }) {
  const look = outcome in SIGNS ? outcome : "failed"
  return html`
    <span class=${before ? "tour-before" : "tour-ended"}>
      <span>${before ? "before, the " : "The "}${client} client${before && ":"}</span>${" "}
      <span class=${`verdict ${look} ${before ? "" : "large"}`}>
        <span class="sign" aria-hidden="true">${SIGNS[outcome] ?? "✕"}</span> ${outcome}
      </span>
    </span>
  `
}

/** @param {{whole: WholeTour, run: TourRun}} props */
function Found({ whole, run: { client, findings: [finding, ...others], advice } }) {
  // Links lead to the run that the CRM shows; what another one has left is gone.
  const linked = client === whole.run
  const { eventIds, count, changes, requests } = finding
  return html`
    <p class="tour-finding"><${Title} finding=${finding} linked=${linked} /> <code>${finding.code}</code></p>
    <p class="tour-text"><${Prose} text=${finding.explanation} linked=${linked} /></p>
    <dl class="leads">
      <${Leads} heading="Event" kind="event" ids=${eventIds} count=${count} linked=${linked} />
      <${Leads} heading="Change" kind="change" ids=${changes} linked=${linked} />
      <${Leads} heading="Request" kind="request" ids=${requests} linked=${linked} />
    </dl>
    ${others.length > 0 && html`<p class="soft">The audit has ${counted(others.length, "more finding")} about it.</p>`}
    <${Advice} advice=${advice} />
  `
}

/** @param {{finding: TourRun["findings"][number], linked: boolean}} props */
function Title({ finding: { code, title }, linked }) {
  const found = [...findings.value.values()].find((each) => each.code === code && each.title === title)
  if (!linked || found === undefined) return html`<${Line} text=${title} />`
  return html`<${Link} to=${toThing("finding", found.number)}><${Line} text=${title} /><//>`
}

/** @param {{run: TourRun}} props */
function NothingFound({ run: { outcome, reasons, advice } }) {
  if (outcome === "passed") {
    return html`<p class="tour-text">Nothing is missing on either side, and the audit has found nothing.</p>`
  }
  return html`<div class="tour-reasons"><${Reasons} reasons=${reasons} /></div><${Advice} advice=${advice} />`
}

/** @param {{advice: string}} props */
function Advice({ advice }) {
  return html`<div class="advice"><h4>What a correct client does</h4><p>${advice}</p></div>`
}
