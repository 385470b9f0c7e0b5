// The events that the calendar knows: read for the range that is shown, then kept up to date by the feed's changes.

import { effect, signal } from "@preact/signals"

import { call } from "../data/api.js"
import { changes, life } from "../data/feed.js"
import { isWithin, limit } from "./limit.js"
import { rowOfChange, rowOfVersion } from "./rows.js"

/** @typedef {import("./rows.js").Row} Row */
/** A range of instants, in milliseconds since the epoch. @typedef {{from: number, to: number}} Range */

/** How many events the calendar keeps, at about half a kilobyte each. */
export const MOST_KNOWN = 20000
const ROWS_A_PAGE = 1000
const DAY = 86_400_000
const YEARS = { first: Date.parse("0001-01-01T00:00:00Z"), last: Date.parse("9999-12-31T23:59:59Z") }

/** @type {Map<string, Row>} */
const known = new Map()
/** The ranges that have been read, and are kept up to date. @type {Range[]} */
let ranges = []
let seen = 0

/** Counts what becomes known: who shows events looks again when it changes. */
export const stirred = signal(0)
/** Counts how often what was read became void: then read the range that is shown again. */
export const voided = signal(0)
/** Whether there are more events than are kept: `range` of the one shown, `all` of the sandbox. */
export const leftOut = signal({ range: false, all: false })

/** An event that is known. @param {string} id */
export function rowById(id) {
  return known.get(id)
}

/** All events that are known, and within the limit. */
export function allRows() {
  return [...known.values()].filter(isWithin)
}

/** The known events within the limit that overlap a range, by their start. @param {Range} range */
export function rowsIn({ from, to }) {
  const found = []
  for (const row of known.values()) {
    // The days of an all-day event are the same in all zones, so they may begin half a day off.
    const slack = row.allDay ? DAY : 0
    if (row.start - slack < to && (row.end + slack > from || (row.start === row.end && row.start >= from)))
      found.push(row)
  }
  return found.filter(isWithin).sort((one, other) => one.start - other.start || one.id.localeCompare(other.id))
}

/** Note an event that was read by itself. @param {import("./rows.js").EventVersion} event */
export function note(event) {
  put(rowOfVersion(event))
  stirred.value += 1
}

/** @param {Row} row */
function put(row) {
  const had = known.get(row.id)
  if (had === undefined || had.version <= row.version) known.set(row.id, row)
}

/** A range with a day at each end, since the days of an all-day event are the same in all zones. @param {Range} range */
export function around({ from, to }) {
  return { from: Math.max(from - DAY, YEARS.first), to: Math.min(to + DAY, YEARS.last) }
}

/** A range as the controls take it. @param {Range} range */
export function boundsOf({ from, to }) {
  return { startAt: new Date(from).toISOString(), endAt: new Date(to).toISOString() }
}

/** Read the events of a range, unless they are known. Throws as `call` does. @param {Range} range */
export async function readRange(range) {
  const wanted = around(range)
  if (ranges.some(({ from, to }) => from <= wanted.from && wanted.to <= to)) return
  if (known.size > MOST_KNOWN / 2) forget()
  const within = limit.peek()
  const more = await read(boundsOf(wanted))
  if (limit.peek() !== within) return
  if (!more) ranges.push(wanted)
  leftOut.value = { ...leftOut.value, range: more }
}

/** Read the events of the whole sandbox within the limit, as many as are kept. Throws as `call` does. */
export async function readAll() {
  const within = limit.peek()
  const more = await read({})
  if (limit.peek() !== within) return
  if (!more) ranges = [{ from: -Infinity, to: Infinity }]
  leftOut.value = { ...leftOut.value, all: more }
}

/**
 * Read a list to its end, or until it is more than is kept: then the answer is true.
 *
 * @param {Record<string, string>} range
 */
async function read(range) {
  const of = life.peek()
  let pageToken = null
  let count = 0
  do {
    const query = new URLSearchParams({ ...range, ...limit.peek(), limit: String(ROWS_A_PAGE), ...(pageToken ? { pageToken } : {}) })
    const page = await call("GET", `/admin/events?${query}`)
    if (life.peek() !== of) return false
    page.records.map(rowOfVersion).forEach(put)
    stirred.value += 1
    count += page.records.length
    pageToken = page.nextPageToken
  } while (pageToken && count < MOST_KNOWN)
  return pageToken !== null
}

function forget() {
  known.clear()
  ranges = []
  leftOut.value = { range: false, all: false }
}

let lived = -1
let limited = limit.peek()

// What was read is what was within the limit.
effect(() => {
  if (limit.value === limited) return
  limited = limit.value
  ranges = []
  leftOut.value = { range: false, all: false }
  voided.value = voided.peek() + 1
})

effect(() => {
  const [of, rows] = [life.value, changes.value]
  if (of !== lived) {
    lived = of
    seen = 0
    forget()
    voided.value = voided.peek() + 1
  }
  apply(rows)
  stirred.value = stirred.peek() + 1
})

/** @param {import("../data/types.js").Change[]} rows */
function apply(rows) {
  const first = rows.findIndex(({ seq }) => seq > seen)
  if (first < 0) return
  // The page was away for longer than the feed remembers: what was read may have changed unseen.
  if (seen > 0 && rows[first].seq > seen + 1) {
    ranges = []
    voided.value = voided.peek() + 1
  }
  seen = rows[rows.length - 1].seq
  for (const row of rows.slice(first).map(rowOfChange)) if (row) put(row)
}
