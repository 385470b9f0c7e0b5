// What the clients know of each event: from the audit, read anew whenever something has changed.

import { computed, effect, signal } from "@preact/signals"

import { address } from "./address.js"
import { access, call } from "./api.js"
import { audit, auditBehind, changes, life, mark } from "./feed.js"

/**
 * What a client knows of one event. `delivered` is the newest version that it was given, null if none. Of an event that
 * is `outOfReach`, `passedBy` is the request whose watermark passed it by.
 *
 * @typedef {{state: import("./types.js").KnowledgeState, delivered: number | null, passedBy: number | null}} Knowledge
 */

const NOTHING = Object.freeze(/** @type {Knowledge} */ ({ state: "neverAsked", delivered: null, passedBy: null }))

/** By client, by event. @type {import("@preact/signals").Signal<Map<string, Map<string, Knowledge>>>} */
const known = signal(new Map())

/** Up to which change, by `seq`, `knowledgeOf` has heard; of later ones it says nothing yet. */
export const knownUpTo = signal(0)

/** The clients that the audit knows, by name. */
export const clients = computed(() => (audit.value?.clients ?? []).map((each) => each.client))

/** The client whose knowledge is shown: the one chosen, or else the first; empty if there is none. */
export const shownClient = computed(() =>
  clients.value.includes(address.value.client) ? address.value.client : (clients.value[0] ?? ""),
)

/** What a client knows of an event; without a name, the client that is shown. @param {string} eventId @param {string} [client] */
export function knowledgeOf(eventId, client = shownClient.value) {
  return known.value.get(client)?.get(eventId) ?? NOTHING
}

/** The shortest time between two readings. */
const EVERY = 1000
let reading = false

/** Read it now, and whenever the audit knows more. */
export function followKnowledge() {
  effect(() => {
    void life.value
    known.value = new Map()
    knownUpTo.value = 0
  })
  effect(() => {
    if (mark.value !== null && !auditBehind.value && audit.value !== null) read()
  })
}

async function read() {
  if (reading || access.peek().state !== "open") return
  reading = true
  const [at, of, newest] = [mark.peek(), life.peek(), changes.peek().at(-1)?.seq ?? 0]
  try {
    const answer = await call("GET", "/admin/audit/events")
    if (life.peek() === of) {
      known.value = new Map(answer.clients.map((/** @type {any} */ each) => [each.client, indexed(each)]))
      knownUpTo.value = newest
    }
  } catch {
    // The calendar shows what it showed before; `access` says why.
  } finally {
    reading = false
  }
  if (life.peek() !== of) read()
  else if (mark.peek() !== at) setTimeout(read, EVERY)
}

/** @param {any} client @returns {Map<string, Knowledge>} */
function indexed(client) {
  const found = new Map()
  for (const id of client.upToDate) found.set(id, { state: "upToDate", delivered: null, passedBy: null })
  for (const state of ["pending", "outOfReach"]) {
    for (const { id, delivered, passedBy } of client[state]) {
      found.set(id, { state, delivered, passedBy: passedBy ?? null })
    }
  }
  return found
}
