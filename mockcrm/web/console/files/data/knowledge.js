// What the clients know of each record: from the audit, read anew whenever it has changed.

import { batch, computed, effect, signal } from "@preact/signals"

import { address, selected } from "./address.js"
import { access, call } from "./api.js"
import { demoClient } from "./demo.js"
import { audit, auditBehind, changes, findings, life, mark } from "./feed.js"

/**
 * What a client knows of one record. `delivered` is the newest version that it was given, null if none, and null if it
 * is up to date. Of one that is `outOfReach`, `passedBy` is the request whose watermark passed it by. One that
 * is pending may not be `listed` yet: lists will show its version later. If it has an `until`, the audit calls it out of
 * reach after that instant.
 *
 * @typedef {{state: import("./types.js").KnowledgeState, delivered: number | null, passedBy: number | null,
 *   listed: boolean, until: string | null}} Knowledge
 */

/** The states in words. @type {Record<import("./types.js").KnowledgeState, string>} */
export const STATE_WORDS = {
  upToDate: "up to date",
  pending: "pending",
  outOfReach: "out of reach",
  neverAsked: "never asked for",
}

const EVENT = "event"

const NOTHING = Object.freeze(/** @type {Knowledge} */ ({
  state: "neverAsked", delivered: null, passedBy: null, listed: true, until: null,
}))

/** By kind and client (`event:sync`), by record. @type {import("@preact/signals").Signal<Map<string, Map<string, Knowledge>>>} */
const known = signal(new Map())

/** The number of what clients know: another one if that has changed. */
const number = computed(() => audit.value?.knowledge ?? null)

/** The number of what has been read. */
const readNumber = signal(/** @type {number | null} */ (null))

/** Up to which change, by `seq`, `knowledgeOf` has heard; of later ones it says nothing yet. */
export const knownUpTo = signal(0)

/** Of which kinds and clients it is read: those that somebody asked about. @type {import("@preact/signals").Signal<Set<string>>} */
const wanted = signal(new Set())

/**
 * The time that the calendar shows, as instants. Where a client knows of more events than one answer has, those in this
 * time are read.
 *
 * @type {import("@preact/signals").Signal<{startAt: string, endAt: string} | null>}
 */
export const shownTime = signal(null)

/** The clients that the audit knows, by name. */
export const clients = computed(() => (audit.value?.clients ?? []).map((each) => each.client))

/**
 * The client whose knowledge is shown: the one chosen, or else that of the finding that is selected, or else the first
 * that failed, or else the demo's, or else the first; empty if there is none.
 */
export const shownClient = computed(() => {
  const chosen = selected()
  const found = chosen?.kind === "finding" ? findings.value.get(Number(chosen.id))?.client : undefined
  const failed = audit.value?.clients.find(({ verdict }) => verdict === "failed")?.client
  const wished = [address.value.client, found, failed, demoClient.value?.name].find((each) => each && clients.value.includes(each))
  return wished ?? clients.value[0] ?? ""
})

/**
 * What a client knows of a record, by default of an event; without a name, the client that is shown.
 *
 * @param {string} id @param {string} [client] @param {string} [kind]
 */
export function knowledgeOf(id, client = shownClient.value, kind = EVENT) {
  return knownOf(kind, id, client) ?? NOTHING
}

/** The same; null while it is not read. @param {string} kind @param {string} id @param {string} client @returns {Knowledge | null} */
export function knownOf(kind, id, client) {
  if (client) askAbout(client, kind)
  return known.value.get(`${kind}:${client}`)?.get(id) ?? null
}

/** Whether a client has asked for records of a kind, or written any. @param {string} client @param {string} kind */
export function hasAskedFor(client, kind) {
  const found = audit.value?.clients.find((each) => each.client === client)
  return found?.kinds.some((each) => each.kind === kind) ?? false
}

/** When the first of what these clients lack is out of reach, if time decides; else null. @param {string[]} names */
export function firstUntil(names) {
  names.forEach((name) => askAbout(name, EVENT))
  const found = names.flatMap((name) => [...(known.value.get(`${EVENT}:${name}`)?.values() ?? [])].map(({ until }) => until))
  return found.filter((each) => each !== null).sort()[0] ?? null
}

/** Whether it has been read what a client knows of a kind. @param {string} client @param {string} [kind] */
export function isRead(client, kind = EVENT) {
  return known.value.has(`${kind}:${client}`)
}

/** Who asks while something is drawn asks for what is drawn later. @param {string} client @param {string} kind */
function askAbout(client, kind) {
  if (!wanted.peek().has(`${kind}:${client}`)) queueMicrotask(() => want(client, kind))
}

/** @param {string} client @param {string} kind */
function want(client, kind) {
  const name = `${kind}:${client}`
  if (!wanted.peek().has(name)) wanted.value = new Set([...wanted.peek(), name])
}

/** Counts what makes another reading necessary. */
let asked = 0
let reading = false
let failed = false
/** Whether a client knows of more events than one answer has. */
let incomplete = false

/** Read it now, and whenever it has changed, or somebody asks about another client. */
export function followKnowledge() {
  effect(() => {
    void life.value
    wanted.value = new Set()
    known.value = new Map()
    knownUpTo.value = 0
  })
  effect(() => {
    void mark.value
    if (readNumber.value === null || auditBehind.peek() || readNumber.value !== number.peek()) return
    knownUpTo.value = changes.peek().at(-1)?.seq ?? 0
  })
  effect(() => {
    if (shownClient.value) want(shownClient.value, EVENT)
  })
  effect(() => {
    void shownTime.value
    if (!incomplete) return
    asked += 1
    read()
  })
  effect(() => {
    if (number.value === null || !wanted.value.size) return
    asked += 1
    read()
  })
  effect(() => {
    void mark.value
    if (failed) read()
  })
}

async function read() {
  if (reading || access.peek().state !== "open") return
  reading = true
  try {
    for (let at = -1; at !== asked; ) {
      at = asked
      const of = life.peek()
      const found = await readAll([...wanted.peek()])
      if (life.peek() === of) batch(() => ([known.value, readNumber.value] = [found.known, found.number]))
    }
    failed = false
  } catch {
    // The calendar shows what it showed before; `access` says why.
    failed = true
  } finally {
    reading = false
  }
}

/** What is known of these kinds by these clients, and its number: the least, if it changed meanwhile. @param {string[]} asked */
async function readAll(asked) {
  const found = { known: new Map(), number: Infinity }
  for (const [kind, pairs] of Map.groupBy(asked.map(parted), ([kind]) => kind)) {
    const answer = await readKind(kind, pairs.map(([, client]) => client))
    for (const [client, records] of answer.known) found.known.set(`${kind}:${client}`, records)
    found.number = Math.min(found.number, answer.number)
  }
  return found
}

/** Kind and client. @param {string} name @returns {[string, string]} */
function parted(name) {
  const end = name.indexOf(":")
  return [name.slice(0, end), name.slice(end + 1)]
}

/** @param {string} kind @param {string[]} names of clients */
async function readKind(kind, names) {
  const answer = await ask(kind, names)
  const found = { known: indexed(answer), number: answer.number }
  if (kind !== EVENT) return found
  const time = shownTime.peek()
  incomplete = answer.more
  if (!answer.more || time === null) return found
  for (const name of names) {
    for (const [client, events] of indexed(await ask(kind, [name], time))) {
      found.known.set(client, new Map([...(found.known.get(client) ?? []), ...events]))
    }
  }
  return found
}

/**
 * @param {string} kind @param {string[]} names @param {Record<string, string>} time
 * @returns {Promise<import("./types.js").KnowledgeAnswer>}
 */
function ask(kind, names, time = {}) {
  const query = new URLSearchParams([["kind", kind], ...names.map((name) => ["client", name]), ...Object.entries(time)])
  return call("GET", `/admin/audit/events?${query}`)
}

/** @param {import("./types.js").KnowledgeAnswer} answer @returns {Map<string, Map<string, Knowledge>>} by client, by record */
function indexed(answer) {
  return new Map(answer.clients.map((each) => [each.client, recordsOf(each)]))
}

/** @param {import("./types.js").KnowledgeAnswer["clients"][number]} client @returns {Map<string, Knowledge>} */
function recordsOf({ upToDate, pending, outOfReach, neverAsked }) {
  const found = new Map(neverAsked.map((id) => [id, NOTHING]))
  for (const id of upToDate) found.set(id, { ...NOTHING, state: "upToDate" })
  for (const { id, ...rest } of pending) found.set(id, { ...NOTHING, state: "pending", ...rest })
  for (const { id, ...rest } of outOfReach) found.set(id, { ...NOTHING, state: "outOfReach", ...rest })
  return found
}
