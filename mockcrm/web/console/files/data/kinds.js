// The kinds of records that the CRM has, as the server describes them: no kind is known here by its name.

import { readOnce } from "./once.js"
import { lineOf } from "./text.js"

/** @typedef {import("./types.js").Schemas["Kind"]} Kind */
/** @typedef {import("./types.js").Fields} Fields */
/** @typedef {import("./types.js").Schemas["KindField"]} KindField */

/** Every kind, events first; empty until it is read. @returns {Kind[]} */
export function kinds() {
  return readOnce("/admin/kinds").value?.kinds ?? []
}

/** The kinds that have pages of their own: events are in the calendar. */
export function recordKinds() {
  return kinds().filter(({ name }) => name !== "event")
}

/** @param {string} name @returns {Kind | undefined} */
export function kindNamed(name) {
  return kinds().find((each) => each.name === name)
}

/** What a record is called, in a line; empty if it has no name. @param {Kind | undefined} kind @param {Fields} fields @param {number} [most] */
export function labelIn(kind, fields, most = 80) {
  const groups = (kind?.label ?? []).map((names) => names.map((name) => fields[name]).filter(Boolean).join(" "))
  return lineOf(groups.find(Boolean) ?? "", most).trim()
}

/** `Job title`, `Account`: the name of a field as people read it. @param {{name: string, targets?: string[]}} field */
export function wordsOf({ name, targets = [] }) {
  const bare = targets.length ? name.replace(/Ids$/, "s").replace(/Id$/, "") : name
  const words = bare.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** `1 contact`, `2 opportunities`. @param {string} name @param {number} count */
export function countedOf(name, count) {
  return `${count.toLocaleString("en")} ${count === 1 ? name : (kindNamed(name)?.path ?? `${name}s`)}`
}

/** The name of several records, with a capital: `Contacts`. @param {Kind} kind */
export function severalOf({ path }) {
  return path.charAt(0).toUpperCase() + path.slice(1)
}
