// Where rows are missing between others: a busy sandbox writes more of them than the page reads by itself.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { Refused, Unreachable } from "../data/api.js"
import { fill } from "../data/feed.js"
import { tell } from "./messages.js"
import { counted } from "./parts.js"

/** @typedef {import("../data/feed.js").Gap} Gap */

/** @param {{log: "changes" | "requests", gap: Gap}} props */
export function GapRow({ log, gap }) {
  const [busy, setBusy] = useState(false)
  const count = gap.to - gap.from
  const read = async () => {
    if (busy) return
    setBusy(true)
    try {
      await fill(log, gap)
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error
      tell(error.message, { wrong: true })
    } finally {
      setBusy(false)
    }
  }
  return html`
    <li class="gap">
      ${counted(count, log.slice(0, -1))} ${count === 1 ? "is" : "are"} not shown.${" "}
      <button aria-disabled=${busy} onClick=${read}>Show ${count === 1 ? "it" : "them"}</button>
    </li>
  `
}

/**
 * The lines of a list, the newest first, with each gap above the first row that is older.
 *
 * @template {object} Line
 * @param {Line[]} lines @param {(line: Line) => number | null} numberOf null of a line that is no row
 * @param {Gap[]} gaps the oldest first @returns {(Line | {gap: Gap})[]}
 */
export function withGaps(lines, numberOf, gaps) {
  if (!gaps.length) return lines
  const found = /** @type {(Line | {gap: Gap})[]} */ ([])
  let next = gaps.length - 1
  let seen = false
  for (const line of lines) {
    const number = numberOf(line)
    for (; number !== null && next >= 0 && gaps[next].from > number; next -= 1) if (seen) found.push({ gap: gaps[next] })
    seen ||= number !== null
    found.push(line)
  }
  return found
}
