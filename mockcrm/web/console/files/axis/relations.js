// What belongs together: a change and the requests that carried it, a request and the changes that it delivered or
// made.

import { nameOf } from "../data/changed.js"
import { versionsIn } from "../data/versions.js"

/** @typedef {import("../data/types.js").Change} Change */
/** @typedef {import("../data/types.js").Entry} Entry */
/** @typedef {import("./story.js").Story} Story */
/** @typedef {import("./story.js").AxisChange} AxisChange */
/** @typedef {import("./story.js").AxisRequest} AxisRequest */
/** @typedef {import("./missed.js").Missed} Missed */
/**
 * A change and a request, by their keys, and what the request did with it.
 * @typedef {{change: string, request: string, how: "delivered" | "wrote" | "passedBy"}} Relation
 */

/**
 * The keys of what is selected: a change, a request, all changes of an event, all that a finding names.
 *
 * @param {{kind: string, id: string} | null} selected @param {Change[]} ofEvent
 * @param {import("../data/types.js").Finding | undefined} finding @returns {string[]}
 */
export function keysOf(selected, ofEvent, finding) {
  if (selected === null) return []
  if (selected.kind === "event") return ofEvent.map((each) => `change:${each.seq}`)
  if (selected.kind !== "finding") return [`${selected.kind}:${selected.id}`]
  const { changes = [], requests = [] } = finding ?? {}
  return [...changes.map((each) => `change:${each}`), ...requests.map((each) => `request:${each}`)]
}

/**
 * @param {Story} story @param {Set<string>} keys @param {Map<number, Missed[]>} missed @returns {Relation[]}
 */
export function relationsOf(story, keys, missed) {
  if (keys.size === 0) return []
  const byVersion = new Map(story.changes.map((each) => [`${nameOf(each.row)}@${each.row.version}`, each]))
  const bySeq = new Map(story.changes.map((each) => [each.row.seq, each]))
  const found = /** @type {Relation[]} */ ([])
  const lanes = story.lanes.filter((each) => !each.earlier)
  for (const page of lanes.flatMap(({ things }) => things.flatMap(({ pages }) => pages))) {
    const request = `request:${page.number}`
    const note = (/** @type {AxisChange | undefined} */ change, /** @type {Relation["how"]} */ how) => {
      if (change && (keys.has(request) || keys.has(change.key))) found.push({ change: change.key, request, how })
    }
    for (const { kind, id, version } of versionsIn(page)) note(byVersion.get(`${kind}:${id}@${version}`), "delivered")
    for (const seq of page.changes) note(bySeq.get(seq), "wrote")
  }
  return [...found, ...passedBy(missed).filter(({ change, request }) => keys.has(request) || keys.has(change))]
}

/**
 * Each change that was passed by, with the request that did so.
 *
 * @param {Map<number, Missed[]>} missed @returns {Relation[]}
 */
export function passedBy(missed) {
  const how = /** @type {const} */ ("passedBy")
  return [...missed].flatMap(([seq, each]) =>
    each
      .filter(({ passedBy }) => passedBy !== null)
      .map(({ passedBy }) => ({ change: `change:${seq}`, request: `request:${passedBy}`, how })),
  )
}
