// The change log, the newest first.

import { html } from "htm/preact"

import { address } from "../data/address.js"
import { changeBySeq, changes, changesByEvent, gaps, mark } from "../data/feed.js"
import { watermarks } from "../data/watermarks.js"
import { FilterBar, filterOf, NoMatch } from "../shell/filter.js"
import { GapRow, withGaps } from "../shell/gap-row.js"
import { OlderRow } from "../shell/older-row.js"
import { Empty, Link } from "../shell/parts.js"
import { MoreRows, NewRows, openedOf, Top, useNewest } from "../shell/rows.js"
import { ChangeRow } from "./change-row.js"
import { CHIPS, matcher } from "./matching.js"
import { withLines } from "./watermark-lines.js"
import { WatermarkLine } from "./watermark-line.js"

export function Changes() {
  const all = changes.value
  const filter = address.value.filter
  const matching = filter === "" ? all : all.filter(matcher(filterOf(filter), changesByEvent.value))
  const { shown, news, older, showNew, showMore, setAtTop } = useNewest(matching, (change) => change.seq, "change")
  const opened = openedOf("change")
  if (mark.value === null) return null
  if (!all.length && opened === null) return html`<${NoChange} />`
  return html`
    <${Top} onSeen=${setAtTop} />
    <div class="rows-bar">
      <${FilterBar} label="Filter the changes" chips=${CHIPS} clients=${[]}>
        <${NewRows} count=${news} word="change" onShow=${showNew} />
      <//>
    </div>
    ${opened !== null && !changeBySeq.value.has(opened) && html`
      <${OlderRow} log="changes" word="Change" number=${opened} key=${opened} draw=${drawOlder} />`}
    ${matching.length === 0 && html`<${NoMatch} word="change" />`}
    <ul class="rows changes-list" aria-label="Changes, the newest first">
      ${withGaps(withLines(shown, watermarks.value), seqIn, gaps.changes.value).map((each) =>
        "gap" in each
          ? html`<${GapRow} log="changes" gap=${each.gap} key=${`gap ${each.gap.from}`} />`
          : "change" in each
            ? html`<${ChangeRow} change=${each.change} strays=${each.strays} key=${each.change.seq} />`
            : html`<${WatermarkLine} marks=${each.marks} key=${`line ${each.marks.map((one) => one.client)}`} />`,
      )}
    </ul>
    <${MoreRows} count=${older} onMore=${showMore} />
    ${older === 0 && all.length > 0 && all[0].seq > 1 && html`
      <p class="rows-end">
        This page has the changes from ${all[0].seq} on. Older ones are at <code>/admin/changes</code>.
      </p>
    `}
  `
}

/** @param {import("../data/types.js").Change} change */
function drawOlder(change) {
  return html`<${ChangeRow} change=${change} strays=${[]} />`
}

/** @param {import("./watermark-lines.js").Line} line */
function seqIn(line) {
  return "change" in line ? line.change.seq : null
}

function NoChange() {
  return html`
    <${Empty} heading="Nothing has changed yet">
      <p>
        Whatever happens to an event appears here, with what it was before and what it is after: changes made in the
        CRM, those in this page's calendar included, and changes that clients commit.
      </p>
      <p><${Link} to=${{ panel: "connect" }}>Connect a client<//>, or create an event in the calendar.</p>
    <//>
  `
}
