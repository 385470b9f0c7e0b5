// The change log and the journal of requests, read by the numbers of their rows.

import { call } from "./api.js"
import { rowsAPage } from "./rows.js"

/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").Entry} Entry */
/** @template {"changes" | "requests"} Log @typedef {Log extends "changes" ? Change : Entry} Row */

/**
 * The rows of a log from one number up to another, which is not included.
 *
 * @template {"changes" | "requests"} Log
 * @param {Log} log @param {number} from @param {number} to @param {object[]} [like] rows as long as these
 * @returns {Promise<Row<Log>[]>}
 */
export async function rowsFrom(log, from, to, like = []) {
  const found = []
  const most = rowsAPage(like)
  for (let after = from - 1; after < to - 1; ) {
    const answer = await call("GET", `/admin/${log}?after=${after}&limit=${Math.min(most, to - 1 - after)}`)
    found.push(...answer[log].filter((/** @type {any} */ each) => numberOf(each) < to))
    if (answer.nextAfter === null) break
    after = answer.nextAfter
  }
  return found
}

/** @param {Change | Entry} row */
export function numberOf(row) {
  return "seq" in row ? row.seq : row.number
}
