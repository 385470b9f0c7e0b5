// The changes that a client's watermark has passed without delivering them, and by which request.

import { computed } from "@preact/signals"

import { audit, changesByEvent, findings } from "../data/feed.js"
import { clients, knowledgeOf } from "../data/knowledge.js"
import { now } from "../data/time.js"

/**
 * A change passed by: which client's request, and which request brought it after all, if one did.
 * @typedef {{client: string, passedBy: number | null, recoveredBy: number | null}} Missed
 */

/** What the audit says is out of reach. Of a finding's requests, the last passed the change by. */
export const CODES = new Set(["change.outOfReach", "deletion.outOfReach", "deletion.expired", "deletion.neverAskedFor"])

/** By the change's `seq`; one for each client. */
export const missed = computed(() => {
  const found = /** @type {Map<number, Missed[]>} */ (new Map())
  for (const finding of findings.value.values()) noteFinding(found, finding)
  for (const client of clients.value) noteKnowledge(found, client)
  return found
})

/** The client that each name stands for, where it has several. */
export const accounts = computed(() => {
  const found = /** @type {Map<string, string>} */ (new Map())
  for (const { client, names } of audit.value?.clients ?? []) for (const name of names) found.set(name, client)
  return found
})

/** @param {Map<number, Missed[]>} found @param {import("../data/types.js").Finding} finding */
function noteFinding(found, { code, client, changes, requests }) {
  if (code === "recovered") {
    const [passedBy = null, recoveredBy = null] = requests
    for (const seq of changes) note(found, seq, { client, passedBy, recoveredBy })
  } else if (CODES.has(code)) {
    for (const seq of changes) note(found, seq, { client, passedBy: requests.at(-1) ?? null, recoveredBy: null })
  }
}

/**
 * Of an event that is out of reach, the newest change that lists show is what the client lacks.
 *
 * @param {Map<number, Missed[]>} found @param {string} client
 */
function noteKnowledge(found, client) {
  for (const [eventId, rows] of changesByEvent.value) {
    const { state, delivered, passedBy } = knowledgeOf(eventId, client)
    if (state !== "outOfReach") continue
    const newest = rows.findLast((each) => Date.parse(each.visibleAt) <= (now.peek() ?? Infinity))
    if (newest === undefined || newest.version <= (delivered ?? 0)) continue
    note(found, newest.seq, { client, passedBy, recoveredBy: null })
  }
}

/** @param {Map<number, Missed[]>} found @param {number} seq @param {Missed} one */
function note(found, seq, one) {
  const others = found.get(seq) ?? []
  if (!others.some((each) => each.client === one.client)) found.set(seq, [...others, one])
}
