// The requests of clients as they come, the newest first.

import { html } from "htm/preact"

import { address } from "../data/address.js"
import { gaps, mark, requestByNumber, requests } from "../data/feed.js"
import { watermarks } from "../data/watermarks.js"
import { FilterBar, filterOf, NoMatch } from "../shell/filter.js"
import { GapRow, withGaps } from "../shell/gap-row.js"
import { OlderRow } from "../shell/older-row.js"
import { Empty, Link } from "../shell/parts.js"
import { MoreRows, NewRows, openedOf, Top, useNewest } from "../shell/rows.js"
import { CHIPS, matcher } from "./matching.js"
import { RequestRow } from "./request-row.js"
import { WatermarkMark } from "./watermark-mark.js"

/** @typedef {import("../data/types.js").Entry} Entry */
/** @typedef {import("../data/watermarks.js").Watermark} Watermark */

export function Traffic() {
  const all = requests.value
  const clients = [...new Set(all.map((each) => each.client))].sort()
  const matching = address.value.filter === "" ? all : all.filter(matcher(filterOf(address.value.filter)))
  const { shown, news, older, showNew, showMore, setAtTop } = useNewest(matching, (entry) => entry.number, "request")
  const opened = openedOf("request")
  if (mark.value === null) return null
  if (!all.length && opened === null) return html`<${NoClient} />`
  return html`
    <${Top} onSeen=${setAtTop} />
    <div class="rows-bar">
      <${FilterBar} label="Filter the requests" chips=${CHIPS} clients=${clients}>
        <${NewRows} count=${news} word="request" onShow=${showNew} />
      <//>
    </div>
    ${opened !== null && !requestByNumber.value.has(opened) && html`
      <${OlderRow} log="requests" word="Request" number=${opened} key=${opened} draw=${drawOlder} />`}
    ${matching.length === 0 && html`<${NoMatch} word="request" />`}
    <ul class="rows requests" aria-label="Requests, the newest first">
      ${withGaps(withMarks(shown), numberIn, gaps.requests.value).map((each) =>
        "gap" in each
          ? html`<${GapRow} log="requests" gap=${each.gap} key=${`gap ${each.gap.from}`} />`
          : "entry" in each
            ? html`<${RequestRow} entry=${each.entry} several=${clients.length > 1} key=${each.entry.number} />`
            : html`<${WatermarkMark} marks=${each.marks} key=${`mark ${each.marks[0].client}`} />`,
      )}
    </ul>
    <${MoreRows} count=${older} onMore=${showMore} />
    ${older === 0 && all.length > 0 && all[0].number > 1 && html`
      <p class="rows-end">
        This page has the requests from ${all[0].number} on. Older ones are at <code>/admin/requests</code>,
        as far as the server keeps them.
      </p>
    `}
  `
}

/** @param {Entry} entry */
function drawOlder(entry) {
  return html`<${RequestRow} entry=${entry} several=${true} />`
}

/** @param {{entry: Entry} | {marks: Watermark[]}} line */
function numberIn(line) {
  return "entry" in line ? line.entry.number : null
}

/**
 * The rows, the newest first, with the watermarks of each client above the request that sent its last one.
 *
 * @param {Entry[]} rows
 */
function withMarks(rows) {
  const waiting = placed().sort((one, other) => other.at - one.at)
  const lines = /** @type {({entry: Entry} | {marks: Watermark[]})[]} */ ([])
  for (const entry of rows) {
    while (waiting.length && waiting[0].at >= entry.number) lines.push({ marks: waiting.splice(0, 1)[0].marks })
    lines.push({ entry })
  }
  return lines
}

/** The watermarks of each client, and the number of the newest request that they come from. */
function placed() {
  const found = []
  for (const marks of Map.groupBy(watermarks.value, (each) => each.client).values()) {
    const numbers = marks.flatMap(({ sent, next }) => [sent?.request ?? 0, next?.request ?? 0])
    if (Math.max(...numbers) > 0) found.push({ at: Math.max(...numbers), marks })
  }
  return found
}

function NoClient() {
  return html`
    <${Empty} heading="No client has asked yet">
      <p>
        Each request that a client sends to this CRM appears here: what it asked, what was delivered to it, and which
        fault was applied to it.
      </p>
      <p><${Link} to=${{ panel: "connect" }}>Connect a client<//></p>
    <//>
  `
}
