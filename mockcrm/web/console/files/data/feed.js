// Follows the sandbox: asks `/admin/feed` once a second, less often in a hidden tab, and keeps what is new.

import { batch, computed, signal } from "@preact/signals"

import { access, call, Refused } from "./api.js"
import { isOfEvent, nameOf } from "./changed.js"
import { numberOf, rowsFrom } from "./log.js"
import { merged, MOST_ROWS, rowsAPage } from "./rows.js"

export { MOST_ROWS }

/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Feed} Feed */

const EVERY = 1000
const EVERY_HIDDEN = 10_000
/** The longest time between two questions to a server that does not answer. */
const EVERY_LOST = 5000
/** After so many seconds without an answer, the server counts as lost. */
const PATIENCE = 30
/** Rows that an answer leaves out are read if they are not more than this; otherwise they stay a gap. */
const MOST_LEFT_OUT = 100
/** A gap is filled by so many rows at a time, from its newest. */
const MOST_FILLED = 1000
/** A request that delivered more versions than this is kept without them; `/admin/requests/{n}` has them. */
const MOST_DELIVERED = 1000

/** The clock as the feed had it last, and when: `read` is the browser's `performance.now()`. */
export const clock = signal(/** @type {import("./types.js").Clock & {read: number} | null} */ (null))
/** What falls due next on the clock's agenda, and how much there is on it; null if nothing is. */
export const agenda = signal(/** @type {import("./types.js").Agenda | null} */ (null))
/** What can be saved as a bundle: how full its room is, and why it is lost. */
export const recording = signal(/** @type {import("./types.js").Feed["recording"]} */ ({ full: 0, lost: null }))
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
/** Counts the lives that ended while the page showed them: by a reset, a snapshot put in, a new server. */
export const livesEnded = signal(0)

/** The changes of each event, by its id, the oldest first. */
export const changesByEvent = computed(() => Map.groupBy(changes.value.filter(isOfEvent), (each) => each.eventId))
/** The changes of each record, by `contact:1001`, the oldest first. */
export const changesByRecord = computed(() => Map.groupBy(changes.value, nameOf))
/** The changes by `seq`. */
export const changeBySeq = computed(() => new Map(changes.value.map((each) => [each.seq, each])))
/** The requests by number. */
export const requestByNumber = computed(() => new Map(requests.value.map((each) => [each.number, each])))

let timer = 0
let failures = 0
let again = false
/** @type {Promise<void> | null} */
let asking = null

/** Begin to follow, and do so until the page is closed. */
export function follow() {
  document.addEventListener("visibilitychange", () => document.hidden || ask())
  addEventListener("online", () => ask())
  // As soon as the server lets us again, or may do so.
  access.subscribe(({ state, trying }) => {
    if (state === "open" || trying) ask()
  })
}

/** Ask now: after an action of this page, so that its effect is seen at once. */
export function ask() {
  clearTimeout(timer)
  again = asking !== null
  asking ??= askOn().finally(() => {
    asking = null
    timer = setTimeout(ask, pause())
  })
  return asking
}

/** Ask, and as often again as there is more, or as somebody asked meanwhile: one question at a time. */
async function askOn() {
  let more = true
  while (more) {
    again = false
    try {
      more = (await askOnce()) || again
      failures = 0
    } catch (error) {
      failures += 1
      more = false
      noteFailure(error)
    }
  }
}

function pause() {
  const usual = document.hidden ? EVERY_HIDDEN : EVERY
  return failures === 0 ? usual : Math.max(document.hidden ? EVERY_HIDDEN : 0, Math.min(EVERY * 2 ** (failures - 1), EVERY_LOST))
}

/** `access` says what is wrong, and the page shows it. @param {unknown} error */
function noteFailure(error) {
  if (!(error instanceof Refused)) return
  if (access.value.state === "open") access.value = { state: "lost", why: error.message, since: Date.now() }
}

async function askOnce() {
  const { state, trying } = access.value
  if (state === "asksToken" && !trying) return false
  const after = mark.value === null ? "" : `?after=${mark.value}`
  /** @type {Feed} */
  const news = await call("GET", `/admin/feed${after}`, undefined, {}, { seconds: PATIENCE })
  const older = news.restarted ? { changes: [], requests: [] } : await leftOut(news)
  const ended = news.restarted && mark.value !== null && (await isAnotherLife(news))
  batch(() => note(news, older, ended))
  if (news.restarted) backfill(news, life.value)
  return news.more
}

/** @param {Feed} news @param {{changes: Change[], requests: Entry[]}} older @param {boolean} ended */
function note(news, older, ended) {
  if (news.restarted) forget()
  if (ended) livesEnded.value += 1
  clock.value = { ...news.clock, read: performance.now() }
  agenda.value = news.agenda?.next ? news.agenda : null
  recording.value = news.recording
  noteChanges([...older.changes, ...news.changes])
  noteRequests([...older.requests, ...news.requests], news.firstRequest)
  noteFindings(news)
  auditBehind.value = news.auditBehind
  mark.value = news.number
}

function forget() {
  changes.value = []
  requests.value = []
  findings.value = new Map()
  audit.value = null
  life.value += 1
}

/**
 * Whether what is known is of a life that is over. If not, this page has slept for so long that the server no longer
 * knows its mark.
 *
 * @param {Feed} news
 */
async function isAnotherLife(news) {
  const asked = Math.max(0, ...news.requestsLeftOut, ...news.requests.map((each) => each.number))
  if ((requests.value.at(-1)?.number ?? 0) > asked) return true
  const had = changes.value.at(-1)
  if (had === undefined) return false
  const [now] = await rowsFrom("changes", had.seq, had.seq + 1)
  return now?.committedAt !== had.committedAt || now.kind !== had.kind || now.recordId !== had.recordId
}

/**
 * The rows that an answer leaves out, if they are few. Otherwise a gap stays until somebody asks: a busy sandbox writes
 * faster than a page can show, and what all pages read of it would slow it down.
 *
 * @param {Feed} news
 */
async function leftOut(news) {
  const found = { changes: /** @type {Change[]} */ ([]), requests: /** @type {Entry[]} */ ([]) }
  if (news.changesLeftOut && news.changesLeftOut <= MOST_LEFT_OUT) {
    const first = news.changes[0].seq
    found.changes = await rowsFrom("changes", first - news.changesLeftOut, first, news.changes)
  }
  if (!news.requestsLeftOut.length) return found
  const [first, last] = [Math.min(...news.requestsLeftOut), Math.max(...news.requestsLeftOut)]
  if (last - first < MOST_LEFT_OUT) found.requests = await rowsFrom("requests", first, last + 1, news.requests)
  else found.requests = await answered(news.requestsLeftOut)
  return found
}

/** Of these requests, those that are shown as under way. @param {number[]} numbers */
async function answered(numbers) {
  const waiting = numbers.filter((number) => requestByNumber.peek().get(number)?.completedAt === null)
  const rows = await Promise.all(waiting.slice(-MOST_LEFT_OUT).map((number) => rowsFrom("requests", number, number + 1)))
  return rows.flat()
}

/** Rows of a log that the server has and the page has not: from one number up to another, which is not included. @typedef {{from: number, to: number}} Gap */

/** What lies between the rows that are known. @param {(Change | Entry)[]} rows @returns {Gap[]} */
function gapsIn(rows) {
  const found = []
  for (let index = 1; index < rows.length; index += 1) {
    const [from, to] = [numberOf(rows[index - 1]) + 1, numberOf(rows[index])]
    if (to > from) found.push({ from, to })
  }
  return found
}

/** The gaps of each log, the oldest first. */
export const gaps = {
  changes: computed(() => gapsIn(changes.value)),
  requests: computed(() => gapsIn(requests.value)),
}

/**
 * Read the newest rows of a gap. Throws as `call` does.
 *
 * @param {"changes" | "requests"} log @param {Gap} gap
 */
export async function fill(log, { from, to }) {
  const of = life.peek()
  const start = Math.max(from, to - MOST_FILLED)
  if (log === "changes") {
    const rows = await rowsFrom("changes", start, to, changes.peek().slice(-1))
    if (life.peek() === of) noteChanges(rows)
  } else {
    const rows = await rowsFrom("requests", start, to, requests.peek().slice(-1))
    if (life.peek() === of) noteRequests(rows, requests.peek()[0].number)
  }
}

/** Read what there was before the page came, in the background. @param {Feed} news @param {number} of */
async function backfill(news, of) {
  try {
    const first = news.changes[0]?.seq ?? 1
    await backwards("changes", Math.max(1, first - MOST_ROWS), first, news.changes, (rows) => {
      if (life.value !== of) return false
      noteChanges(rows)
      return changes.value[0].seq === rows[0].seq
    })
    if (!news.requestsLeftOut.length) return
    const before = Math.min(...news.requests.map((each) => each.number))
    await backwards("requests", Math.max(news.requestsLeftOut[0], before - MOST_ROWS), before, news.requests, (rows) => {
      if (life.value !== of) return false
      noteRequests(rows, news.firstRequest)
      return requests.value[0].number === rows[0].number
    })
  } catch {
    // The newest rows are there; `access` says why no more are.
  }
}

/**
 * Read rows from the newest to the oldest, as long as `take` takes them.
 *
 * @template {"changes" | "requests"} Log
 * @param {Log} log @param {number} from @param {number} to not included
 * @param {import("./log.js").Row<Log>[]} like rows as long as those to come
 * @param {(rows: import("./log.js").Row<Log>[]) => boolean} take
 */
async function backwards(log, from, to, like, take) {
  let [end, sample] = [to, like]
  while (end > from) {
    const start = Math.max(from, end - rowsAPage(sample))
    const rows = await rowsFrom(log, start, end, sample)
    if (rows.length) {
      if (!take(rows)) return
      sample = rows
    }
    end = start
  }
}

/** @param {Change[]} rows */
function noteChanges(rows) {
  if (rows.length) changes.value = merged(changes.value, rows, numberOf)
}

/** @param {Entry[]} rows @param {number} first */
function noteRequests(rows, first) {
  if (!rows.length && !(requests.value[0]?.number < first)) return
  const known = requestByNumber.value
  // A row read from the list may be older than the one of the feed.
  const newer = rows.filter((each) => each.completedAt !== null || (known.get(each.number)?.completedAt ?? null) === null)
  requests.value = merged(requests.value, newer.map(slim), numberOf).filter((each) => each.number >= first)
}

/** @param {Entry} entry @returns {Entry} */
function slim(entry) {
  const { events, records = [], tombstones } = entry.delivered
  const count = events.length + records.length + tombstones.length
  if (count <= MOST_DELIVERED) return entry
  return { ...entry, delivered: { ...entry.delivered, events: [], records: [], tombstones: [] }, leftOut: count }
}

/** @param {Feed} news */
function noteFindings(news) {
  const known = new Map([...findings.value, ...news.findings.map((each) => /** @type {const} */ ([each.number, each]))])
  if (news.audit) audit.value = news.audit
  if (!news.audit && !news.findings.length) return
  const holding = new Set(audit.value?.clients.flatMap((each) => each.findings) ?? [])
  findings.value = new Map([...known].filter(([number]) => holding.has(number) || news.more))
}
