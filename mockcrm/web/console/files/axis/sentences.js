// Each mark in a sentence: what a pointer, the keyboard, a screen reader and the list on a phone tell.

import { movedTo, titleOf } from "../data/changed.js"
import { actorOf, differing } from "../data/differences.js"
import { countedOf, kindNamed } from "../data/kinds.js"
import { spanText } from "../data/spans.js"
import { lineOf } from "../data/text.js"
import { dateText, now, preciseTimeText, shortText, timeText } from "../data/time.js"
import { calendarText } from "../records/name.js"
import { counted } from "../shell/parts.js"
import { isList } from "../traffic/words.js"
import { hasFailed } from "./marks.js"
import { losses } from "./earlier.js"
import { missed } from "./missed.js"

/** @typedef {import("./story.js").AxisChange} AxisChange */
/** @typedef {import("./story.js").AxisRequest} AxisRequest */
/** @typedef {import("../data/types.js").Entry} Entry */

const LONGEST = 60

/** @param {string} text */
function cut(text) {
  return lineOf(text, LONGEST)
}

/**
 * `09:05:00`, with milliseconds if there are any, and with its day unless that is the day of now.
 *
 * @param {number} at
 */
export function instantText(at) {
  const whole = Math.floor(at)
  const time = whole % 1000 === 0 ? timeText(whole) : preciseTimeText(whole)
  return isToday(whole) ? time : `${dateText(whole)} ${time}`
}

/** Whether an instant is on the sandbox's day. @param {number} at */
function isToday(at) {
  return dateText(at) === dateText(now.peek() ?? at)
}

/** `1 h before its commit` @param {number} at @param {number} commit */
function fromCommit(at, commit) {
  return `${spanText(at - commit)} ${at < commit ? "before" : "after"} its commit`
}

/** What begins the sentence of a thing of the earlier run. */
const BEFORE = "Earlier run: "

/** @param {AxisChange} change */
export function changeSentence({ at, stamp, visible, row, earlier }) {
  const parts = [`${earlier ? BEFORE : ""}Change ${row.seq}: ${cut(actorOf(row))} ${deed(row)} “${title(row)}”${destination(row)}, committed ${instantText(at)}`]
  if (stamp !== at) parts.push(`stamped ${instantText(stamp)}, ${fromCommit(stamp, at)}`)
  if (visible > at) parts.push(`shown by lists from ${instantText(visible)}, ${fromCommit(visible, at)}`)
  const passed = earlier ? [lossSentence(row.seq)] : (missed.value.get(row.seq) ?? []).map(missedSentence)
  return [`${parts.join(", ")}.`, ...passed].join(" ")
}

/** @param {number} seq */
function lossSentence(seq) {
  const loss = losses.value.get(seq)
  if (loss === undefined) return ""
  return loss.passed ? missedSentence({ client: loss.client, passedBy: loss.request, recoveredBy: null }) : `${loss.title}.`
}

/** Beside the mark of a loss. @param {AxisChange} change */
export function lossText({ row }) {
  return losses.value.get(row.seq)?.passed ? "lost before" : "before"
}

/** @param {import("./missed.js").Missed} missed */
function missedSentence({ client, passedBy, recoveredBy }) {
  const by = passedBy === null ? "" : `: request ${passedBy} passed it by`
  if (recoveredBy !== null) return `${cut(client)} missed it${by}, and request ${recoveredBy} delivered it after all.`
  return `Out of reach for ${cut(client)}${by}.`
}

/** @param {AxisChange["row"]} row */
export function title(row) {
  return titleOf(row, LONGEST)
}

/** ` to Team`, of an event that moved to another calendar. @param {AxisChange["row"]} row */
function destination(row) {
  const calendar = movedTo(row)
  return calendar === "" ? "" : ` to ${calendarText(calendar)}`
}

const SHORT = 24

/** The same beside a mark. @param {AxisChange["row"]} row */
export function shortTitle(row) {
  return titleOf(row, SHORT)
}

/** @param {AxisChange["row"]} row */
function deed(row) {
  if (row.op !== "updated") return row.op
  if (movedTo(row) !== "") return "moved"
  const names = differing(row)
  if (names.includes("startTime") || names.includes("endTime")) return "moved"
  if (names.includes("subject")) return "renamed"
  return names.length ? "changed" : "touched"
}

/** @param {AxisRequest} request @param {{timed?: boolean}} [options] whether it says when */
export function requestSentence(request, { timed = true } = {}) {
  const [first, last] = [request.pages[0], request.pages[request.pages.length - 1]]
  const [client, pages] = [cut(request.client), counted(request.pages.length, "page")]
  const who =
    first === last
      ? `Request ${first.number} of ${client}`
      : `Requests ${first.number} to ${last.number} of ${client}, a paged read of ${pages},`
  const faults = [...new Set(request.pages.flatMap((page) => page.faults.map((each) => cut(each.name ?? each.effect))))]
  return [
    `${request.earlier ? BEFORE : ""}${who} ${aim(request)} and ${outcome(request)}${timed ? `, at ${instantText(request.at)}` : ""}.`,
    ...(faults.length ? [`Fault applied: ${faults.slice(0, 3).join(", ")}.`] : []),
    ...passedBy(request),
  ].join(" ")
}

/** @param {AxisRequest} request */
function aim({ pages: [first], since }) {
  const event = `event ${cut(first.path.split("/").at(-1) ?? "")}`
  const reads = { listEvents: "", listDeletedEvents: " for deletions" }
  switch (first.operation) {
    case "listEvents":
    case "listDeletedEvents":
      if (since !== null) return `asked${reads[first.operation]} since ${instantText(since)}`
      if (first.operation === "listDeletedEvents") return "asked for all deletions"
      return first.query.startAt || first.query.endAt ? "asked for an interval" : "asked for all events"
    case "getEvent": return `read ${event}`
    case "createEvent": return "sent a new event"
    case "updateEvent": return `wrote to ${event}`
    case "replaceEvent": return `replaced ${event}`
    case "deleteEvent": return `asked to delete ${event}`
    default: return otherAim(first, since)
  }
}

/** @param {Entry} request of another kind than events @param {number | null} since */
function otherAim(request, since) {
  const kind = request.kind && kindNamed(request.kind)
  if (!kind || !isList(request)) return `sent ${request.method} ${cut(request.path)}`
  return `asked for ${kind.path}${since === null ? "" : ` since ${instantText(since)}`}`
}

/** @param {AxisRequest} request */
function outcome(request) {
  const { pages } = request
  const failed = pages.find((page) => hasFailed({ ...request, pages: [page] }))
  if (failed !== undefined) return failure(failed)
  if (pages.some((page) => page.completedAt === null)) return "waits for its answer"
  if (!/^list|^get/.test(pages[0].operation ?? "")) return `was answered ${pages[0].status}`
  const events = pages.reduce((sum, { delivered }) => sum + delivered.events.length, 0)
  const records = pages.reduce((sum, { delivered }) => sum + (delivered.records?.length ?? 0), 0)
  const tombstones = pages.reduce((sum, { delivered }) => sum + delivered.tombstones.length, 0)
  const leftOut = pages.reduce((sum, page) => sum + (page.leftOut ?? 0), 0)
  const what = [
    ...(events ? [counted(events, "event")] : []),
    ...(records ? [countedOf(pages[0].kind ?? "record", records)] : []),
    ...(tombstones ? [counted(tombstones, "tombstone")] : []),
    ...(leftOut ? [counted(leftOut, "version")] : []),
  ]
  return `was delivered ${what.join(", ") || "nothing"}`
}

/** @param {Entry} page */
function failure({ status, code }) {
  if (status === null) return "got no answer"
  if (status < 400) return "got an answer that did not arrive whole"
  return `was refused with ${status}${code ? ` ${cut(code)}` : ""}`
}

/** @param {AxisRequest} request */
function passedBy({ pages, earlier }) {
  const numbers = new Set(pages.map((page) => page.number))
  const passed = earlier
    ? [...losses.value].filter(([, each]) => each.passed && numbers.has(each.request ?? 0))
    : [...missed.value].filter(([, each]) => each.some((one) => numbers.has(one.passedBy ?? 0)))
  if (!passed.length) return []
  const named = passed.slice(0, 3).map(([seq]) => seq).join(", ")
  const more = passed.length > 3 ? ` and ${passed.length - 3} more` : ""
  return [`It passed by ${passed.length === 1 ? "change" : "changes"} ${named}${more}.`]
}

/** @param {import("./marks.js").Mark} mark */
export function markSentence({ things, tone }) {
  const [first] = things
  if (things.length === 1) return first.kind === "change" ? changeSentence(first) : requestSentence(first)
  const span = betweenText(first.at, things[things.length - 1].at)
  if (first.kind === "request") return heapOfRequests(/** @type {AxisRequest[]} */ (things), span)
  const ops = Map.groupBy(/** @type {AxisChange[]} */ (things), (each) => each.row.op)
  const counts = [...ops].map(([op, each]) => `${each.length.toLocaleString("en")} ${op}`).join(", ")
  const how = { missed: ", passed by and out of reach", recovered: ", passed by and recovered" }[tone] ?? ""
  return `${counted(things.length, "change")}${how}, ${span}: ${counts}.`
}

/** @param {AxisRequest[]} requests @param {string} span */
function heapOfRequests(requests, span) {
  const failed = requests.filter(hasFailed).length
  const faulted = requests.filter(hasFault).length
  const more = [...(failed ? [`${failed} failed`] : []), ...(faulted ? [`${faulted} with a fault`] : [])]
  const count = requests.reduce((sum, { pages }) => sum + pages.length, 0)
  const how = more.length ? `: ${more.join(", ")}` : ""
  return `${counted(count, "request")} of ${cut(requests[0].client)}, ${span}${how}.`
}

/** Whether a fault was applied to a request, or to any page. @param {AxisRequest} request */
export function hasFault({ pages }) {
  return pages.some((page) => page.faults.length > 0)
}

/** @param {number} from @param {number} to */
function betweenText(from, to) {
  const [one, other] = [instantText(from), instantText(to)]
  return one === other ? `at ${one}` : `${one} to ${other}`
}

/** A thing in a few words, for a row of the list: when. @param {number} at */
export function whenText(at) {
  return isToday(at) ? timeText(at) : shortText(at)
}
