// Which changes a filter leaves. The id of an event leaves its changes, and no others.

import { cut } from "../data/text.js"

/** @typedef {import("../data/types.js").Change} Change */

/** What the chips of the filter stand for. @type {Record<string, (change: Change) => boolean>} */
const KINDS = {
  created: ({ op }) => op === "created",
  updated: ({ op }) => op === "updated",
  deleted: ({ op }) => op === "deleted",
  clients: ({ origin }) => origin === "client",
}

export const CHIPS = Object.keys(KINDS)

/** @type {WeakMap<Change, string>} */
const texts = new WeakMap()

/** What a filter's words are looked for in. @param {Change} change */
function textOf(change) {
  const known = texts.get(change)
  if (known !== undefined) return known
  const { subject, location } = change.after ?? change.before ?? { subject: null, location: null }
  const { seq, op, origin, by, eventId } = change
  const long = [subject ?? "", location ?? ""].map((each) => cut(each, 1000))
  const text = [seq, op, ...long, origin, by, eventId].join("\n").toLowerCase()
  texts.set(change, text)
  return text
}

/**
 * @param {import("../shell/filter.js").Filter} filter
 * @param {Map<string, Change[]>} byEvent
 * @returns {(change: Change) => boolean}
 */
export function matcher({ is, texts: wanted }, byEvent) {
  return (change) =>
    is.every((name) => Object.hasOwn(KINDS, name) && KINDS[name](change)) &&
    wanted.every((word) => (byEvent.has(word) ? change.eventId === word : textOf(change).includes(word)))
}
