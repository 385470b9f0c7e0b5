// The records that are known, of every kind but events: read when a list or a link needs them, then kept up to date by
// the feed's changes.

import { effect, signal } from "@preact/signals"
import { useEffect } from "preact/hooks"

import { call, Refused } from "../data/api.js"
import { isOfEvent } from "../data/changed.js"
import { changes, life } from "../data/feed.js"

/** @typedef {import("../data/types.js").Fields} Fields */
/** @typedef {import("../data/kinds.js").Kind} Kind */
/** The latest version of a record. @typedef {{id: string, version: number, deleted: boolean, fields: Fields}} Known */

/** How many records of a kind a list shows. */
export const MOST_LISTED = 5000
const A_PAGE = 1000

/** By kind, by id; null for what is not there. @type {Map<string, Map<string, Known | null>>} */
const known = new Map()
/** Counts what becomes known. */
const stirred = signal(0)
/** The kinds that have more records than are listed. */
export const leftOut = signal(/** @type {Set<string>} */ (new Set()))

/** @param {string} kind */
function of(kind) {
  const found = known.get(kind) ?? new Map()
  known.set(kind, found)
  return found
}

/** @param {string} kind @param {Known} record */
function put(kind, record) {
  const had = of(kind).get(record.id)
  if (!had || had.version <= record.version) of(kind).set(record.id, record)
}

/** @param {any} version as the controls show it @returns {Known} */
function fromVersion(version) {
  return { id: version.id, version: version.version, deleted: version.deleted, fields: version }
}

/** All records of a kind that are known. @param {string} kind @returns {Known[]} */
export function recordsOf(kind) {
  void stirred.value
  return [...of(kind).values()].filter((each) => each !== null)
}

/** A record; null if there is none, undefined while it is not known. @param {string} kind @param {string} id @returns {Known | null | undefined} */
export function recordNamed(kind, id) {
  void stirred.value
  return of(kind).get(id)
}

/** The same, read if it is not known. @param {Kind | undefined} kind @param {string} id */
export function useRecord(kind, id) {
  const found = kind && recordNamed(kind.name, id)
  useEffect(() => {
    if (kind && found === undefined) readOne(kind, id)
  }, [kind?.name, id, found === undefined, life.value])
  return found
}

/** @param {Kind} kind @param {string} id */
async function readOne(kind, id) {
  const during = life.peek()
  try {
    const version = await call("GET", `/admin/${kind.path}/${encodeURIComponent(id)}`)
    if (life.peek() === during) note(kind.name, version)
  } catch (error) {
    if (!(error instanceof Refused && error.status === 404) || life.peek() !== during) return
    of(kind.name).set(id, null)
    stirred.value += 1
  }
}

/** Note a record that was read or written. @param {string} kind @param {any} version */
export function note(kind, version) {
  put(kind, fromVersion(version))
  stirred.value += 1
}

/** Read the records of a kind, as many as are listed. @param {Kind} kind */
export async function readAll(kind) {
  const during = life.peek()
  let [pageToken, count] = ["", 0]
  do {
    const page = await call("GET", `/admin/${kind.path}?${new URLSearchParams(pageToken ? { pageToken } : { limit: String(A_PAGE) })}`)
    if (life.peek() !== during) return
    for (const each of page.records) put(kind.name, fromVersion(each))
    stirred.value += 1
    count += page.records.length
    pageToken = page.nextPageToken
  } while (pageToken && count < MOST_LISTED)
  if (pageToken) leftOut.value = new Set([...leftOut.peek(), kind.name])
}

let [lived, seen] = [-1, 0]

effect(() => {
  const [now, rows] = [life.value, changes.value]
  if (now !== lived) {
    known.clear()
    leftOut.value = new Set()
    seen = 0
    lived = now
  }
  for (const change of rows.filter(({ seq }) => seq > seen)) {
    const { kind, recordId: id, version, op, after, before } = change
    if (!isOfEvent(change)) put(kind, { id, version, deleted: op === "deleted", fields: after ?? before ?? {} })
  }
  seen = rows.at(-1)?.seq ?? 0
  stirred.value = stirred.peek() + 1
})
