// What stands on the axis: the changes, and the requests of each client, each at its place in time.

import { sinceOf } from "../data/watermarks.js"

/** @typedef {import("../data/types.js").Change} Change */
/** @typedef {import("../data/types.js").Entry} Entry */
/**
 * A change: its commit, its stamp, and the instant at which lists show it, in milliseconds.
 * One of the `earlier` run of a tour has a key of its own.
 * @typedef {{kind: "change", key: string, at: number, stamp: number, visible: number, row: Change, earlier: boolean}}
 *   AxisChange
 */
/**
 * A request, or all pages of a paged read. It reaches back to `since`, if it is a delta read.
 * @typedef {{kind: "request", key: string, at: number, until: number, since: number | null, client: string,
 *   pages: Entry[], earlier: boolean}} AxisRequest
 */
/** @typedef {AxisChange | AxisRequest} Thing */
/** @typedef {{client: string, things: AxisRequest[], earlier: boolean}} ClientLane */
/**
 * An instant that the scale has to keep apart from others.
 *
 * @typedef {{at: number, kind: "commit" | "request" | "edge"}} Knot
 */
/**
 * What stands on the axis. `lost` are the changes that a client lost in the earlier run of a tour, whose lane is the
 * first.
 * @typedef {{changes: AxisChange[], lost: AxisChange[], lanes: ClientLane[], leftOut: string[], knots: Knot[]}} Story
 */

/** What begins the key of a thing of the earlier run: the one that plays may have the same numbers. */
export const EARLIER = "earlier:"
/** How many clients have a lane. */
export const MOST_LANES = 6

/**
 * @param {Change[]} rows @param {Entry[]} entries
 * @param {Map<string, string>} accounts the client that each name stands for, where it is not itself
 * @param {import("./earlier.js").EarlierRun | null} [earlier] the earlier run of a tour
 * @param {{has: (seq: number) => boolean}} [losses] which of its changes were lost
 * @returns {Story}
 */
export function storyOf(rows, entries, accounts, earlier = null, losses = new Set()) {
  const before = earlier && earlierStory(earlier, losses)
  const changes = rows.map(axisChange)
  const placed = inSequence(entries, new Set(changes.map((each) => each.at)))
  const everyLane = lanesOf(entries, placed, accounts)
  const latest = [...everyLane].sort((one, other) => lastAt(other) - lastAt(one)).slice(0, MOST_LANES)
  const lanes = everyLane.filter((each) => latest.includes(each))
  const leftOut = everyLane.filter((each) => !latest.includes(each)).map((each) => each.client)
  const [lost, all] = [before?.lost ?? [], [...(before?.lanes ?? []), ...lanes]]
  const knots = knotsOf([...lost, ...changes], all, [...(before?.placed.values() ?? []), ...placed.values()])
  return { changes, lost, lanes: all, leftOut, knots }
}

/** @param {import("./earlier.js").EarlierRun} run @param {{has: (seq: number) => boolean}} losses */
function earlierStory({ client, changes: rows, requests }, losses) {
  const changes = rows.map((row) => ({ ...axisChange(row), earlier: true, key: `${EARLIER}change:${row.seq}` }))
  const placed = inSequence(requests, new Set(changes.map((each) => each.at)))
  const lanes = lanesOf(requests, placed, new Map(requests.map((each) => [each.client, client]))).map((lane) => ({
    ...lane,
    earlier: true,
    things: lane.things.map((each) => ({ ...each, earlier: true, key: `${EARLIER}${each.key}` })),
  }))
  return { lost: changes.filter(({ row }) => losses.has(row.seq)), lanes, placed }
}

/** @type {WeakMap<Change, AxisChange>} */
const known = new WeakMap()

/** @param {Change} row @returns {AxisChange} */
function axisChange(row) {
  const found = known.get(row) ?? {
    kind: "change",
    key: `change:${row.seq}`,
    at: Date.parse(row.committedAt),
    stamp: Date.parse(row.stamp),
    visible: Date.parse(row.visibleAt),
    row,
    earlier: false,
  }
  known.set(row, found)
  return found
}

/**
 * Where each request stands. A clock that is frozen tells many requests the same instant: they are spread over its
 * millisecond in the order in which they came, after what was committed at it.
 *
 * @param {Entry[]} entries @param {Set<number>} commits @returns {Map<number, number>} by number
 */
function inSequence(entries, commits) {
  const placed = new Map()
  for (const [arrivedAt, together] of Map.groupBy(entries, (each) => each.arrivedAt)) {
    const at = Date.parse(arrivedAt)
    const before = commits.has(at) ? 1 : 0
    together.forEach((each, index) => placed.set(each.number, at + (index + before) / (together.length + before)))
  }
  return placed
}

/**
 * @param {Entry[]} entries @param {Map<number, number>} placed @param {Map<string, string>} accounts
 * @returns {ClientLane[]}
 */
function lanesOf(entries, placed, accounts) {
  const byClient = Map.groupBy(entries, (each) => accounts.get(each.client) ?? each.client)
  return [...byClient].map(([client, theirs]) => ({
    client,
    earlier: false,
    things: [...Map.groupBy(theirs, (each) => each.delivered.read ?? `request ${each.number}`).values()]
      .map((pages) => axisRequest(client, pages, placed))
      .sort((one, other) => one.at - other.at),
  }))
}

/** @param {string} client @param {Entry[]} pages @param {Map<number, number>} placed @returns {AxisRequest} */
function axisRequest(client, pages, placed) {
  const at = /** @type {number} */ (placed.get(pages[0].number))
  const until = /** @type {number} */ (placed.get(pages[pages.length - 1].number))
  const key = `request:${pages[0].number}`
  return { kind: "request", key, at, until, since: sinceOf(pages[0]), client, pages, earlier: false }
}

/** The keys of a request: one for each page, which are the same things. @param {AxisRequest} request */
export function pageKeys({ pages, earlier }) {
  return pages.map(({ number }) => `${earlier ? EARLIER : ""}request:${number}`)
}

/** @param {ClientLane} lane */
function lastAt(lane) {
  return Math.max(...lane.things.slice(-1).map((each) => each.at))
}

/** @param {AxisChange[]} changes @param {ClientLane[]} lanes @param {number[]} placed @returns {Knot[]} */
function knotsOf(changes, lanes, placed) {
  const kinds = /** @type {Map<number, Knot["kind"]>} */ (new Map())
  for (const { stamp, visible } of changes) kinds.set(stamp, "edge").set(visible, "edge")
  for (const { things } of lanes) for (const { since } of things) if (since !== null) kinds.set(since, "edge")
  for (const { at } of changes) kinds.set(at, "commit")
  for (const at of placed) kinds.set(at, "request")
  return [...kinds].map(([at, kind]) => ({ at, kind })).sort((one, other) => one.at - other.at)
}
