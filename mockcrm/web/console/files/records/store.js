// The records that are known, of every kind but events: read when a list or a link needs them, then kept up to date by
// the feed's changes.

import { effect, signal } from "@preact/signals"
import { useEffect } from "preact/hooks"

import { call, Refused, Unreachable } from "../data/api.js"
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
/** The kinds of which all records are known, and those that are being read. */
const whole = /** @type {Set<string>} */ (new Set())
const reading = /** @type {Map<string, Promise<void>>} */ (new Map())
/** Counts what becomes known. */
const stirred = signal(0)
/** Counts how often what was read became void. */
const voided = signal(0)
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
  const found = of(kind).get(id)
  return found === undefined && whole.has(kind) ? null : found
}

/** Whether all records of a kind are known. @param {string} kind */
export function isWhole(kind) {
  void stirred.value
  return whole.has(kind)
}

/** Have the records of a kind read. @param {Kind | undefined} kind */
export function useKind(kind) {
  useEffect(() => void (kind && readAll(kind)), [kind?.name, voided.value])
}

/**
 * A record, read if it is not known. Its whole kind is read: a browser complains of each answer that a record is not
 * there, and links may lead nowhere.
 *
 * @param {Kind | undefined} kind @param {string} id
 */
export function useRecord(kind, id) {
  const found = kind && recordNamed(kind.name, id)
  useEffect(() => void (kind && found === undefined && readOne(kind, id)), [kind?.name, id, found === undefined, voided.value])
  return found
}

/** A record if it is known: else it is read, for whatever is drawn then. @param {Kind | undefined} kind @param {string} id */
export function knownSoon(kind, id) {
  const found = kind && recordNamed(kind.name, id)
  if (kind && found === undefined) queueMicrotask(() => readOne(kind, id))
  return found
}

/** @param {Kind} kind @param {string} id */
async function readOne(kind, id) {
  await readAll(kind)
  if (recordNamed(kind.name, id) !== undefined) return
  const during = voided.peek()
  try {
    const version = await call("GET", `/admin/${kind.path}/${encodeURIComponent(id)}`)
    if (voided.peek() === during) note(kind.name, version)
  } catch (error) {
    if (!(error instanceof Refused && error.status === 404) || voided.peek() !== during) return
    of(kind.name).set(id, null)
    stirred.value += 1
  }
}

/** Note a record that was read or written. @param {string} kind @param {any} version */
export function note(kind, version) {
  put(kind, fromVersion(version))
  stirred.value += 1
}

/** Read the records of a kind, as many as are listed, unless they are known. @param {Kind} kind */
function readAll(kind) {
  if (whole.has(kind.name) || leftOut.peek().has(kind.name)) return Promise.resolve()
  const asked = reading.get(kind.name) ?? read(kind).finally(() => reading.delete(kind.name))
  reading.set(kind.name, asked)
  return asked
}

/** @param {Kind} kind */
async function read(kind) {
  const during = voided.peek()
  let [pageToken, count] = ["", 0]
  try {
    do {
      const part = new URLSearchParams(pageToken ? { pageToken } : { limit: String(A_PAGE) })
      const page = await call("GET", `/admin/${kind.path}?${part}`)
      if (voided.peek() !== during) return
      for (const each of page.records) put(kind.name, fromVersion(each))
      count += page.records.length
      pageToken = page.nextPageToken
    } while (pageToken && count < MOST_LISTED)
  } catch (error) {
    // `access` says why.
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error
    return
  }
  if (pageToken) leftOut.value = new Set([...leftOut.peek(), kind.name])
  else whole.add(kind.name)
  stirred.value += 1
}

function forget() {
  for (const each of [known, whole]) each.clear()
  leftOut.value = new Set()
  voided.value = voided.peek() + 1
}

let [lived, seen] = [-1, 0]

effect(() => {
  const [now, rows] = [life.value, changes.value]
  const news = rows.filter(({ seq }) => now !== lived || seq > seen)
  // In another life all is new; and a page that was away has missed changes.
  if (now !== lived || (seen > 0 && news.length > 0 && news[0].seq > seen + 1)) forget()
  lived = now
  for (const change of news) {
    const { kind, recordId: id, version, op, after, before } = change
    if (!isOfEvent(change)) put(kind, { id, version, deleted: op === "deleted", fields: after ?? before ?? {} })
  }
  seen = rows.at(-1)?.seq ?? 0
  stirred.value = stirred.peek() + 1
})
