// The rows of a log that the page keeps: the newest, in order, and not more than a browser bears.

import { writeJson } from "./json.js"

/** How many changes and requests the page keeps: the newest. */
export const MOST_ROWS = 5000
/** How many characters of JSON they may have: a single event may have a megabyte of text. */
const MOST_TEXT = 30_000_000
const PAGE_ROWS = 1000
const PAGE_TEXT = 4_000_000

/** @type {WeakMap<object, number>} */
const lengths = new WeakMap()

/** @param {object} row */
function lengthOf(row) {
  const known = lengths.get(row)
  if (known !== undefined) return known
  const length = writeJson(row).length
  lengths.set(row, length)
  return length
}

/**
 * The rows that are known and those that are new, in the order of their numbers. A new row replaces the known one of its
 * number; the oldest are left out where there are too many.
 *
 * @template {object} Row
 * @param {Row[]} known @param {Row[]} more @param {(row: Row) => number} numberOf
 */
export function merged(known, more, numberOf) {
  const byNumber = new Map(known.map((each) => [numberOf(each), each]))
  for (const each of more) byNumber.set(numberOf(each), each)
  const sorted = [...byNumber.values()].sort((one, other) => numberOf(one) - numberOf(other)).slice(-MOST_ROWS)
  return sorted.slice(firstThatFits(sorted))
}

/** @param {object[]} rows The newest is kept, however long it is. */
function firstThatFits(rows) {
  let [first, room] = [rows.length, MOST_TEXT]
  while (first > 0) {
    room -= lengthOf(rows[first - 1])
    if (room < 0 && first < rows.length) break
    first -= 1
  }
  return first
}

/** How many rows to ask for at a time, if they are as long as these. @param {object[]} rows */
export function rowsAPage(rows) {
  const length = rows.reduce((sum, each) => sum + lengthOf(each), 0)
  return length === 0 ? PAGE_ROWS : Math.max(1, Math.min(PAGE_ROWS, Math.floor((PAGE_TEXT * rows.length) / length)))
}
