// Which requests a filter leaves.

import { cut } from "../data/text.js"
import { isList, parametersOf } from "./words.js"

/** @typedef {import("../data/types.js").Entry} Entry */

/** What the chips of the filter stand for. @type {Record<string, (entry: Entry) => boolean>} */
const KINDS = {
  writes: ({ method }) => !["GET", "HEAD", "OPTIONS"].includes(method),
  errors: ({ status, completedAt }) => completedAt !== null && (status === null || status >= 400),
  faulted: ({ faults }) => faults.length > 0,
  lists: isList,
}

export const CHIPS = Object.keys(KINDS)

/** @type {WeakMap<Entry, string>} */
const texts = new WeakMap()

/** What a filter's words are looked for in. @param {Entry} entry */
function textOf(entry) {
  const known = texts.get(entry)
  if (known !== undefined) return known
  const query = parametersOf(entry).map(([name, value]) => `${name}=${cut(value, 200)}`).join("&")
  const { number, method, path, status, client, code } = entry
  const address = `${cut(path, 1000)}?${cut(query, 1000)}`
  const text = [number, method, address, status, client, code].join("\n").toLowerCase()
  texts.set(entry, text)
  return text
}

/** @param {import("../shell/filter.js").Filter} filter @returns {(entry: Entry) => boolean} */
export function matcher({ is, client, texts: wanted }) {
  return (entry) =>
    is.every((name) => Object.hasOwn(KINDS, name) && KINDS[name](entry)) &&
    (client.length === 0 || client.includes(entry.client)) &&
    wanted.every((word) => textOf(entry).includes(word))
}
