// The marks: each thing of the story at its place on the screen; those that would cover each other become one with a
// count.

import { pageKeys } from "./story.js"

/** @typedef {import("./story.js").Thing} Thing */
/** @typedef {import("./story.js").Story} Story */
/** @typedef {import("./missed.js").Missed} Missed */
/**
 * What is drawn at one place: from `x` to `end` (a paged read is a bar), in the CRM's lane (-1) or a client's.
 * `tone` is `missed` (passed by), `recovered`, `failed`, `plain`, or `lost` (in the earlier run of a tour). A mark
 * that is `ringed` stands where one was lost.
 * @typedef {{key: string, lane: number, x: number, end: number, y: number, tone: string, things: Thing[], ringed?: boolean}} Mark
 */

/** Marks nearer than this would cover each other. */
const APART = 13
/** As far as a mark moves aside for one that was passed by. */
const ASIDE = 20
/** As far as the ring around a loss reaches. */
const RING = 12
/** No mark gathers what is further apart than this. */
const WIDEST = 26

/**
 * @param {Story} story @param {Map<number, Missed[]>} missed @param {(at: number) => number} x
 * @param {import("./lanes.js").Lanes} lanes @param {number} commitRow
 * @returns {Mark[]} from left to right
 */
export function marksOf(story, missed, x, { lanes }, commitRow) {
  const ofCrm = story.changes.map((each) => markOf(each, -1, commitRow, x, toneOfChange(missed.get(each.row.seq))))
  const ofClients = story.lanes.flatMap(({ things }, lane) =>
    gathered(things.map((each) => markOf(each, lane, lanes[lane].marks, x, hasFailed(each) ? "failed" : "plain"))),
  )
  // The same change may happen again, at the same instant: it stands within the mark of its loss.
  const lost = story.lost.map((each) => markOf(each, -1, commitRow, x, "lost"))
  for (const each of ofCrm) each.ringed = lost.some((ring) => Math.abs(ring.x - each.x) < RING)
  return [...lost, ...besideEachOther(ofCrm), ...ofClients].sort((one, other) => one.x - other.x || one.lane - other.lane)
}

/** What was passed by is never hidden in a heap of what was not, or under it. @param {Mark[]} marks */
function besideEachOther(marks) {
  const byTone = Map.groupBy(marks, (each) => each.tone)
  const plain = gathered(byTone.get("plain") ?? [])
  const others = ["missed", "recovered"].flatMap((tone) => gathered(byTone.get(tone) ?? []))
  for (const { x, end } of others) {
    for (const each of plain) if (each.end > x - ASIDE && each.x < end + ASIDE / 2) each.x = each.end = x - ASIDE
  }
  return [...plain, ...others]
}

/**
 * @param {Thing} thing @param {number} lane @param {number} y @param {(at: number) => number} x @param {string} tone
 * @returns {Mark}
 */
function markOf(thing, lane, y, x, tone) {
  const at = x(thing.at)
  return { key: thing.key, lane, x: at, end: thing.kind === "request" ? x(thing.until) : at, y, tone, things: [thing] }
}

/** @param {Missed[] | undefined} missed */
function toneOfChange(missed) {
  if (missed === undefined) return "plain"
  return missed.some((each) => each.recoveredBy === null) ? "missed" : "recovered"
}

/**
 * Whether a request, or any page, was refused, broke off, or was not answered.
 *
 * @param {import("./story.js").AxisRequest} request
 */
export function hasFailed({ pages }) {
  return pages.some(({ status, completedAt, delivered: { whole } }) => {
    return completedAt !== null && (status === null || status >= 400 || !whole)
  })
}

/** @param {Mark[]} marks @returns {Mark[]} */
function gathered(marks) {
  const found = /** @type {Mark[]} */ ([])
  // A clock that was put back commits what comes later at an earlier time.
  for (const mark of marks.toSorted((one, other) => one.x - other.x)) {
    const last = found[found.length - 1]
    if (last && mark.x - last.end < APART && mark.end - last.x < WIDEST) {
      last.end = Math.max(last.end, mark.end)
      last.things.push(...mark.things)
      if (mark.tone !== "plain") last.tone = mark.tone
    } else {
      found.push(mark)
    }
  }
  return found
}

/** The middle of a mark. @param {Mark} mark */
export function middle({ x, end }) {
  return (x + end) / 2
}

/** Of marks at one place the gravest is found, and one of the run that plays before one of the earlier run. */
const FURTHER = /** @type {Record<string, number>} */ ({ missed: -1, lost: 1 })

/** The mark at a point, if one is near; the nearest. @param {Mark[]} marks @param {number} x @param {number} y */
export function markAt(marks, x, y) {
  let [nearest, best] = [/** @type {Mark | null} */ (null), 14]
  for (const mark of marks) {
    const away = Math.hypot(Math.max(mark.x - x, 0, x - mark.end), mark.y - y) + (FURTHER[mark.tone] ?? 0)
    if (away < best) [nearest, best] = [mark, away]
  }
  return nearest
}

/**
 * The mark of each thing, by the thing's key; of a paged read, by each of its pages'.
 *
 * @param {Mark[]} marks @returns {Map<string, Mark>}
 */
export function byThing(marks) {
  const found = new Map()
  for (const mark of marks) {
    for (const thing of mark.things) {
      if (thing.kind === "change") found.set(thing.key, mark)
      else for (const key of pageKeys(thing)) found.set(key, mark)
    }
  }
  return found
}
