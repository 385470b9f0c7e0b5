// The versions that an answer contained: of events, or of records of the kind that was asked for.

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {{kind: string, id: string, version: number, tombstone: boolean}} Version */

/** Records of two kinds may have the same id: each version has its kind. @param {Pick<Entry, "kind" | "delivered">} entry @returns {Version[]} */
export function versionsIn({ kind, delivered: { events, records = [], tombstones } }) {
  const of = kind ?? "event"
  return [
    ...[...events, ...records].map((each) => ({ ...each, kind: of, tombstone: false })),
    ...tombstones.map((each) => ({ ...each, kind: of, tombstone: true })),
  ]
}
