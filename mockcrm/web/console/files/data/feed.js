// Follows the sandbox: asks `/admin/feed` once a second, less often in a hidden tab, and keeps what is new.

import { computed, signal } from "@preact/signals"

import { access, call } from "./api.js"

/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").Entry} Entry */

const EVERY = 1000
const EVERY_HIDDEN = 10000

/** How many changes and requests the page keeps: the newest. */
export const MOST_ROWS = 5000
const ROWS_A_PAGE = 1000
/** A request that delivered more versions than this is kept without them; `/admin/requests/{n}` has them. */
const MOST_DELIVERED = 1000

/** The clock as the feed told it last, and when: `read` is the browser's `performance.now()`. */
export const clock = signal(/** @type {import("./types.js").Clock & {read: number} | null} */ (null))
/** What falls due next on the clock's agenda, and how much there is on it; null if nothing is. */
export const agenda = signal(/** @type {import("./types.js").Agenda | null} */ (null))
/** The changes that are known, in the order of `seq`. */
export const changes = signal(/** @type {Change[]} */ ([]))
/** The requests that are known, by `number`. */
export const requests = signal(/** @type {Entry[]} */ ([]))
/** The findings that hold, by number. */
export const findings = signal(/** @type {Map<number, import("./types.js").Finding>} */ (new Map()))
/** The verdicts of the audit; null until it is known. */
export const audit = signal(/** @type {import("./types.js").Audit | null} */ (null))
/** Whether the audit does not know yet all that is shown. */
export const auditBehind = signal(false)
/** The number of the last answer. It changes whenever anything has. */
export const mark = signal(/** @type {number | null} */ (null))
/** Counts resets and the like: what a view has read by itself is void when it changes. */
export const life = signal(0)

/** The changes of each event, by its id, the oldest first. */
export const changesByEvent = computed(() => Map.groupBy(changes.value, (each) => each.eventId))
/** The changes by `seq`. */
export const changeBySeq = computed(() => new Map(changes.value.map((each) => [each.seq, each])))
/** The requests by number. */
export const requestByNumber = computed(() => new Map(requests.value.map((each) => [each.number, each])))

let timer = 0
let asking = false

/** Begin to follow, and do so until the page is closed. */
export function follow() {
  document.addEventListener("visibilitychange", () => document.hidden || ask())
  return ask()
}

/** Ask now: after an action of this page, so that its effect is seen at once. */
export async function ask() {
  clearTimeout(timer)
  if (asking) {
    timer = setTimeout(ask, 50)
    return
  }
  asking = true
  let more = false
  try {
    more = await askOnce()
  } catch {
    // `access` says what is wrong, and the page shows it. It asks again.
  } finally {
    asking = false
    clearTimeout(timer)
    timer = setTimeout(ask, more ? 0 : document.hidden ? EVERY_HIDDEN : EVERY)
  }
}

/** Ask as soon as the server lets us again. */
access.subscribe(({ state }) => {
  if (state === "open" && timer) ask()
})

async function askOnce() {
  if (access.value.state === "asksToken") return false
  const news = await call("GET", `/admin/feed${mark.value === null ? "" : `?after=${mark.value}`}`)
  const caughtUp = news.restarted ? { changes: [], requests: [] } : await leftOut(news)
  if (news.restarted) forget()
  clock.value = { ...news.clock, read: performance.now() }
  agenda.value = news.agenda?.next ? news.agenda : null
  noteChanges([...caughtUp.changes, ...news.changes])
  noteRequests([...caughtUp.requests, ...news.requests], news.firstRequest)
  noteFindings(news)
  auditBehind.value = news.auditBehind
  mark.value = news.number
  if (news.restarted) backfill(news, life.value)
  return news.more
}

function forget() {
  changes.value = []
  requests.value = []
  findings.value = new Map()
  audit.value = null
  life.value += 1
}

/** What is new besides the rows of an answer, as far as it is kept. @param {import("./types.js").Feed} news */
async function leftOut(news) {
  const found = { changes: /** @type {Change[]} */ ([]), requests: /** @type {Entry[]} */ ([]) }
  if (news.changesLeftOut) {
    const first = news.changes[0].seq
    found.changes = await changesFrom(Math.max(first - news.changesLeftOut, first - MOST_ROWS), first)
  }
  const wanted = news.requestsLeftOut.slice(-MOST_ROWS)
  if (wanted.length) found.requests = await requestsFrom(wanted[0], wanted[wanted.length - 1] + 1)
  return found
}

/** Read what there was before the page came, in the background. @param {import("./types.js").Feed} news @param {number} of */
async function backfill(news, of) {
  try {
    const first = news.changes[0]?.seq ?? 1
    const older = await changesFrom(Math.max(1, first - MOST_ROWS), first)
    if (life.value === of) noteChanges(older)
    const before = Math.min(...news.requests.map((each) => each.number), Infinity)
    if (news.requestsLeftOut.length) {
      const old = await requestsFrom(Math.max(news.requestsLeftOut[0], before - MOST_ROWS), before)
      if (life.value === of) noteRequests(old, news.firstRequest)
    }
  } catch {
    // The newest rows are there; `access` says why no more are.
  }
}

/** The changes from one `seq` up to another, which is not included. @param {number} from @param {number} to @returns {Promise<Change[]>} */
async function changesFrom(from, to) {
  const found = []
  for (let after = from - 1; after < to - 1; ) {
    const answer = await call("GET", `/admin/changes?after=${after}&limit=${Math.min(ROWS_A_PAGE, to - 1 - after)}`)
    found.push(...answer.changes)
    if (answer.nextAfter === null) break
    after = answer.nextAfter
  }
  return found
}

/** The requests from one number up to another, which is not included. @param {number} from @param {number} to @returns {Promise<Entry[]>} */
async function requestsFrom(from, to) {
  const found = []
  for (let after = from - 1; after < to - 1; ) {
    const answer = await call("GET", `/admin/requests?after=${after}&limit=${Math.min(ROWS_A_PAGE, to - 1 - after)}`)
    found.push(...answer.requests)
    if (answer.nextAfter === null) break
    after = answer.nextAfter
  }
  return found
}

/** @param {Change[]} rows */
function noteChanges(rows) {
  if (!rows.length) return
  const known = new Map(changes.value.map((each) => [each.seq, each]))
  for (const each of rows) known.set(each.seq, each)
  changes.value = [...known.values()].sort((one, other) => one.seq - other.seq).slice(-MOST_ROWS)
}

/** @param {Entry[]} rows @param {number} first */
function noteRequests(rows, first) {
  if (!rows.length && !(requests.value[0]?.number < first)) return
  const known = new Map(requests.value.map((each) => [each.number, each]))
  for (const each of rows) {
    // A row read from the list may be older than the one that the feed told.
    const had = known.get(each.number)
    if (had === undefined || had.completedAt === null || each.completedAt !== null) known.set(each.number, slim(each))
  }
  const sorted = [...known.values()].filter((each) => each.number >= first).sort((one, other) => one.number - other.number)
  requests.value = sorted.slice(-MOST_ROWS)
}

/** @param {Entry} entry @returns {Entry} */
function slim(entry) {
  const { events, tombstones } = entry.delivered
  if (events.length + tombstones.length <= MOST_DELIVERED) return entry
  return { ...entry, delivered: { ...entry.delivered, events: [], tombstones: [] }, leftOut: events.length + tombstones.length }
}

/** @param {import("./types.js").Feed} news */
function noteFindings(news) {
  const known = new Map([...findings.value, ...news.findings.map((each) => /** @type {const} */ ([each.number, each]))])
  if (news.audit) audit.value = news.audit
  if (!news.audit && !news.findings.length) return
  const holding = new Set(audit.value?.clients.flatMap((each) => each.findings) ?? [])
  findings.value = new Map([...known].filter(([number]) => holding.has(number) || news.more))
}
