// What a request is in words: its path as a person reads it, its status, what it delivered, how long it took.

import { countedOf } from "../data/kinds.js"
import { cut, lineOf } from "../data/text.js"
import { counted } from "../shell/parts.js"

/** @typedef {import("../data/types.js").Entry} Entry */

const LONGEST = 160

/** A path without its percent signs, where they mean something. @param {string} path */
export function pathText(path) {
  const short = cut(path, LONGEST * 9)
  try {
    return lineOf(decodeURIComponent(short), LONGEST)
  } catch {
    return lineOf(short, LONGEST)
  }
}

/** The parameters of a request, one for each value. @param {Entry} entry @returns {[string, string][]} */
export function parametersOf({ query }) {
  return Object.entries(query).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => /** @type {[string, string]} */ ([name, value])),
  )
}

/** `?since=2026-03-02T09:00:00Z&limit=2`, decoded. @param {Entry} entry */
export function queryText(entry) {
  const parameters = parametersOf(entry)
  if (!parameters.length) return ""
  const pairs = parameters.slice(0, 20).map(([name, value]) => `${cut(name, 40)}=${cut(value, 40)}`)
  return lineOf(`?${pairs.join("&")}`, LONGEST)
}

/** A status by number, word, and the class of its colour. @param {Entry} entry */
export function statusOf({ status, completedAt }) {
  if (completedAt === null) return { number: "", word: "under way", tone: "waiting" }
  if (status === null) return { number: "", word: "no answer", tone: "failed" }
  const [word, tone] = STATUS_WORDS[Math.floor(status / 100)] ?? ["", "plain"]
  return { number: String(status), word: status === 304 ? "unchanged" : word, tone }
}

const STATUS_WORDS = /** @type {Record<number, [string, string]>} */ ({
  2: ["ok", "passed"],
  3: ["redirected", "plain"],
  4: ["refused", "inconclusive"],
  5: ["failed", "failed"],
})

/** What the answer contained: `3 events, 1 tombstone`; empty if it could contain nothing. @param {Entry} entry */
export function deliveredText({ delivered, kind, operation, status, completedAt, leftOut }) {
  if (completedAt === null) return ""
  const { events, records = [], tombstones, whole } = delivered
  const found = leftOut
    ? counted(leftOut, "row")
    : [
        ...(events.length ? [counted(events.length, "event")] : []),
        ...(records.length ? [countedOf(kind ?? "record", records.length)] : []),
        ...(tombstones.length ? [counted(tombstones.length, "tombstone")] : []),
      ].join(", ")
  if (!whole) return found ? `${found}, not delivered` : ""
  if (found) return found
  return status === 200 && isList({ operation }) ? "no rows" : ""
}

/** Whether a request asks for a list. @param {Pick<Entry, "operation">} entry */
export function isList({ operation }) {
  return operation?.startsWith("list") ?? false
}

/** Whether an answer came, and not all of it. @param {Entry} entry */
export function isCutOff({ status, delivered }) {
  return status !== null && status < 400 && !delivered.whole
}

/** `page 2`, `page 3, the last`; empty for what is no page of several. @param {Entry} entry */
export function pageText({ delivered: { page, last } }) {
  if (page === undefined || (page === 1 && last !== false)) return ""
  return last ? `page ${page}, the last` : `page ${page}`
}

/** `12.6 ms`, `1.25 s`. @param {number} milliseconds */
export function tookText(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toLocaleString("en", { maximumFractionDigits: 2 })} s`
  return `${milliseconds.toLocaleString("en", { maximumFractionDigits: milliseconds < 10 ? 1 : 0 })} ms`
}
