// Which changes a filter leaves. The id of an event, or `contact:1001`, leaves the changes of that
// record, and no others.

import { isOfEvent, titleOf } from "../data/changed.js"
import { kinds } from "../data/kinds.js"
import { cut } from "../data/text.js"

/** @typedef {import("../data/types.js").Change} Change */

/** What the chips of the filter stand for. @type {Record<string, (change: Change) => boolean>} */
const KINDS = {
  created: ({ op }) => op === "created",
  updated: ({ op }) => op === "updated",
  deleted: ({ op }) => op === "deleted",
  events: isOfEvent,
  records: (change) => !isOfEvent(change),
  clients: ({ origin }) => origin === "client",
}

export const CHIPS = Object.keys(KINDS)

/** @type {WeakMap<Change, string>} */
const texts = new WeakMap()

/** What a filter's words are looked for in. @param {Change} change */
function textOf(change) {
  const known = texts.get(change)
  if (known !== undefined) return known
  const { seq, op, origin, by, kind, recordId } = change
  const location = isOfEvent(change) ? (change.after ?? change.before)?.location : null
  const text = [seq, op, titleOf(change, 1000), cut(location ?? "", 1000), origin, by, recordId, `${kind}:${recordId}`, ""].join("\n").toLowerCase()
  // Before the kinds are known, records have no names.
  if (kinds().length) texts.set(change, text)
  return text
}

/**
 * @param {import("../shell/filter.js").Filter} filter
 * @param {{has: (id: string) => boolean}} byEvent
 * @returns {(change: Change) => boolean}
 */
export function matcher({ is, texts: wanted }, byEvent) {
  return (change) =>
    is.every((name) => Object.hasOwn(KINDS, name) && KINDS[name](change)) &&
    wanted.every((word) => (byEvent.has(word) ? change.eventId === word : textOf(change).includes(whole(word, change))))
}

/** `contact:1001` is that record alone, and no other whose id begins so. @param {string} word @param {Change} change */
function whole(word, { kind }) {
  return word.startsWith(`${kind}:`) ? `\n${word}\n` : word
}
