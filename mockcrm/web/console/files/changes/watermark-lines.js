// Where the watermarks of clients stand among the changes: between those stamped before and those stamped after.

/** @typedef {import("../data/types.js").Change} Change */
/** @typedef {import("../data/watermarks.js").Watermark} Watermark */
/** A watermark that was sent. @typedef {Watermark & {sent: import("../data/watermarks.js").Mark}} Sent */
/**
 * A change whose stamp is on the other side of a line than its row: `before` or `after` the watermark of a client.
 *
 * @typedef {{client: string, side: "before" | "after"}} Stray
 */
/** @typedef {{change: Change, strays: Stray[]} | {marks: Sent[]}} Line */

const MOST_LINES = 20
const NONE = /** @type {Stray[]} */ ([])

/**
 * The rows, the newest first, with a line for each watermark that was sent. A line stands above the newest change with
 * an earlier stamp. Changes whose stamp is not the instant of their commit move no line: they are where they are, and
 * stray.
 *
 * @param {Change[]} rows @param {Watermark[]} watermarks @returns {Line[]}
 */
export function withLines(rows, watermarks) {
  const sent = /** @type {Sent[]} */ (watermarks.filter((each) => each.sent !== null)).slice(0, MOST_LINES)
  const stamps = rows.map((each) => Date.parse(each.stamp))
  const places = sent.map(({ sent: { at } }) => {
    const place = rows.findIndex((each, index) => each.stamp === each.committedAt && stamps[index] < at)
    return place < 0 ? rows.length : place
  })
  const lines = /** @type {Line[]} */ ([])
  for (let index = 0; index <= rows.length; index += 1) {
    const here = alike(sent.filter((_, which) => places[which] === index))
    lines.push(...here)
    if (index < rows.length) lines.push({ change: rows[index], strays: straysOf(index, stamps[index], sent, places) })
  }
  return lines
}

/** The watermarks in one place, those of the same instant together. @param {Sent[]} marks */
function alike(marks) {
  const byInstant = [...Map.groupBy(marks, (each) => each.sent.at)].sort(([one], [other]) => other - one)
  return byInstant.map(([, together]) => ({ marks: together }))
}

/** @param {number} index @param {number} stamp @param {Sent[]} sent @param {number[]} places @returns {Stray[]} */
function straysOf(index, stamp, sent, places) {
  const strays = new Map()
  sent.forEach(({ client, sent: { at } }, which) => {
    const above = index < places[which]
    if (above && stamp < at) strays.set(client, "before")
    if (!above && stamp >= at) strays.set(client, "after")
  })
  // The same empty list each time: a row is drawn anew only if something is new to it.
  return strays.size ? [...strays].map(([client, side]) => ({ client, side })) : NONE
}
