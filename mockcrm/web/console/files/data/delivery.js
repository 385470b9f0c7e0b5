// Which client was given which change, and by which request; and what the rest means for it.

import { computed } from "@preact/signals"

import { nameOf } from "./changed.js"
import { audit, clock, life, requestByNumber, requests } from "./feed.js"
import { isRead, knowledgeOf, knownUpTo } from "./knowledge.js"
import { versionsIn } from "./versions.js"

/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").Entry} Entry */

/**
 * How a client stands to one change:
 * - `delivered`: an answer contained it, or an answer that the page has no more did (`request` is null then)
 * - `written`: the client committed it itself
 * - `superseded`: it was given a later `version` of the record instead
 * - `upToDate`: it lacks nothing of the record, though no answer contained this change
 * - `pending`, `outOfReach` (`request` is the one that passed it by), `neverAsked`: as `knowledgeOf` says of its record
 * - `notShown`: lists do not show it yet
 * - `unknown`: the audit does not know of it yet
 *
 * @typedef {import("./types.js").KnowledgeState | "delivered" | "written" | "superseded" | "notShown" | "unknown"}
 *   DeliveryState
 * @typedef {{state: DeliveryState, request: number | null, version: number | null}} Delivery
 */

/**
 * By client, by record (`event:1001`), by version: the first request whose answer contained it.
 *
 * @typedef {Map<string, Map<string, Map<number, number>>>} Deliveries
 */

const index = {
  life: -1,
  seen: /** @type {WeakSet<Entry>} */ (new WeakSet()),
  deliveries: /** @type {Deliveries} */ (new Map()),
}

/** Rows are looked at once: what they delivered stays true when the page has dropped them. */
const deliveries = computed(() => {
  if (index.life !== life.value) Object.assign(index, { life: life.value, seen: new WeakSet(), deliveries: new Map() })
  for (const entry of requests.value) {
    if (index.seen.has(entry)) continue
    index.seen.add(entry)
    if (entry.delivered.whole) note(entry)
  }
  return { of: index.deliveries }
})

/** @param {Entry} entry */
function note(entry) {
  const { client, number } = entry
  const records = entryOf(index.deliveries, client, () => new Map())
  for (const { kind, id, version } of versionsIn(entry)) {
    const versions = entryOf(records, `${kind}:${id}`, () => new Map())
    versions.set(version, Math.min(number, versions.get(version) ?? number))
  }
}

/** @template K, V @param {Map<K, V>} map @param {K} key @param {() => V} made @returns {V} */
function entryOf(map, key, made) {
  const found = map.get(key) ?? made()
  map.set(key, found)
  return found
}

/** The names of each client, which may have renewed a token that was its name. */
const namesOf = computed(() => new Map((audit.value?.clients ?? []).map((each) => [each.client, each.names])))

/** How a client stands to a change. @param {Change} change @param {string} client @returns {Delivery} */
export function deliveryOf(change, client) {
  const names = namesOf.value.get(client) ?? [client]
  return byRequest(change, names) ?? byKnowledge(change, client)
}

/**
 * What the answers say that the page knows.
 *
 * @param {Change} change
 * @param {string[]} names
 * @returns {Delivery | null}
 */
function byRequest(change, names) {
  const { version, requestId, origin } = change
  const writer = origin === "client" ? requestByNumber.value.get(Number(requestId)) : undefined
  if (writer && names.includes(writer.client)) return { state: "written", request: writer.number, version }
  /** @type {Delivery | null} */
  let found = null
  for (const name of names) {
    for (const [given, request] of deliveries.value.of.get(name)?.get(nameOf(change)) ?? []) {
      if (given === version) return { state: "delivered", request, version }
      const earlier = found === null || request < /** @type {number} */ (found.request)
      if (given > version && earlier) found = { state: "superseded", request, version: given }
    }
  }
  return found
}

/** What the audit says of its record. @param {Change} change @param {string} client @returns {Delivery} */
function byKnowledge({ kind, recordId, version, seq, visibleAt }, client) {
  const { state, delivered, passedBy } = knowledgeOf(recordId, client, kind)
  if (seq > knownUpTo.value || !isRead(client, kind)) return { state: "unknown", request: null, version: null }
  if (clock.value && Date.parse(visibleAt) > Date.parse(clock.value.now)) {
    return { state: "notShown", request: null, version: null }
  }
  if (delivered !== null && delivered >= version) return { state: "delivered", request: null, version: delivered }
  return { state, request: passedBy, version: delivered }
}

