// One finding: in a line, and opened with what happened, where to look, and what a correct client does.

import { html } from "htm/preact"
import { useLayoutEffect, useRef } from "preact/hooks"

import { hashFor, toThing } from "../data/address.js"
import { audit } from "../data/feed.js"
import { zone } from "../data/time.js"
import { following } from "../shell/following.js"
import { Copy, counted, Link } from "../shell/parts.js"
import { Instant, Line, Prose } from "./prose.js"

/**
 * A finding of the feed, or of a replica, which has no number.
 *
 * @typedef {import("../data/types.js").Schemas["ShownFinding"]} Found
 */

const MOST_LINKS = 10
const MOST_MOMENTS = 100

/** @param {{finding: import("../data/types.js").Finding, open: boolean}} props */
export function Finding({ finding, open }) {
  const place = useRef(/** @type {HTMLLIElement | null} */ (null))
  useLayoutEffect(() => {
    if (open) place.current?.scrollIntoView({ block: "nearest" })
  }, [open])
  const to = { open: open ? "" : `finding:${finding.number}`, panel: "audit" }
  return html`
    <li class=${`finding ${finding.severity} ${open ? "open" : ""}`} ref=${place}>
      <div class="head">
        <a class="opens" data-row href=${hashFor(to)} aria-expanded=${open} onClick=${following(to)}>
          <span class=${`tag ${finding.severity}`}>${finding.severity}</span>${" "}
          <span class="title"><${Line} text=${finding.title} /></span>
        </a>
        <${Under} finding=${finding} />
      </div>
      ${open && html`<${Details} finding=${finding} />`}
    </li>
  `
}

/** @param {{finding: import("../data/types.js").Finding}} props */
function Under({ finding: { client, count, eventIds } }) {
  const several = (audit.value?.clients.length ?? 0) > 1
  return html`
    <p class="under">
      ${several && html`<span>by <bdi>${client}</bdi></span>`}
      ${eventIds.length > 0 && html`<span><${Things} kind="event" ids=${eventIds} most=${1} count=${count} /></span>`}
      ${count > 1 && eventIds.length === 0 && html`<span>${counted(count, "time")}</span>`}
    </p>
  `
}

/** All that is said of a finding. @param {{finding: Found}} props */
export function Details({ finding }) {
  const { explanation, eventIds, count, changes, requests, fields } = finding
  return html`
    <div class="details">
      <p class="explanation"><${Prose} text=${explanation} /></p>
      <dl class="leads">
        <${Leads} heading="Event" kind="event" ids=${eventIds} count=${count} />
        <${Leads} heading="Change" kind="change" ids=${changes} />
        <${Leads} heading="Request" kind="request" ids=${requests} />
        ${fields.length > 0 && html`
          <dt>Fields</dt>
          <dd>${fields.map((each) => html`<code key=${each}>${each}</code> `)}</dd>`}
      </dl>
      <${Timeline} finding=${finding} />
      <${Advice} finding=${finding} />
    </div>
  `
}

/**
 * What a finding names; `linked` unless it is no longer there.
 *
 * @typedef {{kind: "event" | "change" | "request", ids: (string | number)[], count?: number, linked?: boolean}} Named
 */

/** @param {Named & {heading: string}} props */
export function Leads({ heading, ids, ...named }) {
  if (!ids.length) return null
  return html`
    <dt>${heading}${ids.length > 1 && "s"}</dt>
    <dd><${Things} ids=${ids} ...${named} /></dd>
  `
}

/**
 * Links to the first of some things, and how many more there are; `count` if the list itself is not complete.
 *
 * @param {Named & {most?: number}} props
 */
function Things({ kind, ids, most = MOST_LINKS, count = ids.length, linked = true }) {
  const shown = ids.slice(0, most)
  const left = Math.max(count, ids.length) - shown.length
  const named = (/** @type {string | number} */ id) =>
    linked ? html`<${Link} key=${id} to=${toThing(kind, id)}>${kind} ${id}<//>` : `${kind} ${id}`
  return html`
    ${shown.map((id, place) => html`${place > 0 && ", "}${named(id)}`)}
    ${left > 0 && html` and ${left.toLocaleString("en")} more`}
  `
}

/** @param {{finding: Found}} props */
function Timeline({ finding: { timeline } }) {
  if (!timeline.length) return null
  const shown = timeline.slice(-MOST_MOMENTS)
  return html`
    <h4>What happened, in order <span class="zone-name">${zone.value}</span></h4>
    <ol class="timeline">
      ${shown.map(({ at, what }) => html`<li><${Instant} at=${at} />${" "}<span><${Prose} text=${what} /></span></li>`)}
    </ol>
  `
}

/** @param {{finding: Found}} props */
function Advice({ finding: { advice, hazard, code } }) {
  return html`
    <div class="advice">
      <h4>What a correct client does</h4>
      <p>${advice}</p>
      ${hazard && html`
        <p>
          See it happen by itself:${" "}
          <${Link} to=${toThing("scenario", hazard)}>play the scenario ${hazard}<//>
        </p>`}
    </div>
    <p class="code-of"><code>${code}</code><${Copy} text=${code} label="Copy the code" /></p>
  `
}
