// How a run has ended, on the card where it has: its outcome, what the audit found, and what a correct client does.

import { html } from "htm/preact"

import { Leads } from "../audit/finding.js"
import { Line } from "../audit/prose.js"
import { Reasons } from "../audit/reasons.js"
import { toThing } from "../data/address.js"
import { findings } from "../data/feed.js"
import { endedRun } from "../data/tour.js"
import { counted, Link } from "../shell/parts.js"

/** @typedef {import("../data/tour.js").TourRun} TourRun */
/** @typedef {import("../data/tour.js").WholeTour} WholeTour */

const SIGNS = /** @type {Record<string, string>} */ ({ passed: "✓", inconclusive: "?" })

/**
 * The run that has ended where the tour stands; null if none has.
 *
 * @param {WholeTour} whole
 */
export function endedAt(whole) {
  const run = endedRun(whole)
  return run && whole.runs[run]
}

/** @param {{whole: WholeTour, ended: TourRun}} props */
export function Outcome({ whole, ended }) {
  const { careless } = whole.runs
  return html`
    <div class="tour-outcome">
      ${ended.findings.length > 0 ? html`<${Found} whole=${whole} run=${ended} />` : html`<${NothingFound} run=${ended} />`}
      ${ended.client === "careful" && careless && html`<${Before} run=${careless} />`}
    </div>
  `
}

/** @param {{run: TourRun, large?: boolean}} props */
export function RunVerdict({ run: { client, outcome }, large = false }) {
  const look = outcome in SIGNS ? outcome : "failed"
  return html`
    <span class="tour-verdict">
      <span>${large ? "" : "Before, the "}${client} client</span>${" "}
      <span class=${`verdict ${look} ${large ? "large" : ""}`}>
        <span class="sign" aria-hidden="true">${SIGNS[outcome] ?? "✕"}</span> ${outcome}
      </span>
    </span>
  `
}

/** @param {{whole: WholeTour, run: TourRun}} props */
function Found({ whole, run: { client, findings: [finding, ...others], advice } }) {
  return html`
    <${Evidence} finding=${finding} linked=${client === whole.run} />
    ${others.length > 0 && html`<p class="soft">The audit has ${counted(others.length, "more finding")} about it.</p>`}
    <${Advice} advice=${advice} />
  `
}

/** The run before this one. What it has left is gone, so nothing leads there. @param {{run: TourRun}} props */
function Before({ run }) {
  return html`
    <div class="tour-before">
      <p><${RunVerdict} run=${run} /></p>
      ${run.findings.slice(0, 1).map((finding) => html`<${Evidence} finding=${finding} linked=${false} />`)}
    </div>
  `
}

/**
 * What the audit found, in a sentence, and what it is about.
 *
 * @param {{finding: TourRun["findings"][number], linked: boolean}} props
 */
function Evidence({ finding, linked }) {
  const { code, eventIds, count, changes, requests } = finding
  return html`
    <p class="tour-finding"><${Title} finding=${finding} linked=${linked} /> <code>${code}</code></p>
    <dl class="leads">
      <${Leads} heading="Event" kind="event" ids=${eventIds} count=${count} linked=${linked} />
      <${Leads} heading="Change" kind="change" ids=${changes} linked=${linked} />
      <${Leads} heading="Request" kind="request" ids=${requests} linked=${linked} />
    </dl>
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
