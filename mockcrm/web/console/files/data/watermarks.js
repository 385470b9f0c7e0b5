// Where the watermark of each client stands: the `since` that it sent last, and the one that a correct client sends
// next.

import { computed } from "@preact/signals"

import { requests } from "./feed.js"

/** @typedef {import("./types.js").Entry} Entry */

/**
 * An instant, in milliseconds since the epoch, and the request that has it.
 *
 * @typedef {{at: number, request: number}} Mark
 */

/**
 * Of a client and one kind of rows: the watermark that it `sent` last, and the `asOf` of its last complete read, which
 * is the watermark to send `next`. Null if there was none.
 *
 * @typedef {{client: string, of: "events" | "deletions", sent: Mark | null, next: Mark | null}} Watermark
 */

/** @type {Record<string, "events" | "deletions">} */
const KINDS = { listEvents: "events", listDeletedEvents: "deletions" }

/** The watermarks of all clients that have read lists, those of each client together. */
export const watermarks = computed(() => {
  const found = /** @type {Map<string, Watermark>} */ (new Map())
  const began = /** @type {Map<string, {mark: Mark | null, page: number}>} */ (new Map())
  for (const entry of requests.value) {
    const kind = KINDS[entry.operation ?? ""]
    if (kind === undefined) continue
    const key = JSON.stringify([entry.client, kind])
    const known = found.get(key) ?? { client: entry.client, of: kind, sent: null, next: null }
    found.set(key, known)
    const since = sinceOf(entry)
    if (since !== null) known.sent = { at: since, request: entry.number }
    known.next = ended(entry, began) ?? known.next
  }
  return [...found.values()].sort((one, other) => (one.client < other.client ? -1 : one.client > other.client ? 1 : 0))
})

/**
 * The watermark to keep from a paged read that this request ends, which is its first page's; null if it does not end
 * one, or if a page did not arrive whole.
 *
 * @param {Entry} entry @param {Map<string, {mark: Mark | null, page: number}>} began
 */
function ended({ client, number, delivered, status }, began) {
  const { read, page, asOf, last, whole } = delivered
  if (read === undefined || page === undefined || status !== 200 || !whole) return null
  const key = JSON.stringify([client, read])
  const before = began.get(key)
  if (page === 1) began.set(key, { mark: asOf === undefined ? null : { at: Date.parse(asOf), request: number }, page })
  else if (before && page === before.page + 1) before.page = page
  else if (!before || page > before.page) began.delete(key)
  return last ? (began.get(key)?.mark ?? null) : null
}

/**
 * The watermark that a request for a list sent, in milliseconds since the epoch: an instant, or such a number. Null if
 * there is none, or none that can be read.
 *
 * @param {Entry} entry
 */
export function sinceOf({ operation, query }) {
  if (KINDS[operation ?? ""] === undefined) return null
  const { since } = query
  if (typeof since !== "string") return null
  const at = /^-?\d+$/.test(since) ? Number(since) : Date.parse(since)
  return Math.abs(at) <= 8.64e15 ? at : null
}
