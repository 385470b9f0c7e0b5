// Fault rules in words.

import { writeJson } from "../data/json.js"
import { cut } from "../data/text.js"

/** @typedef {import("../data/types.js").Rule} Rule */

const LONGEST = 160
const KINDS = /** @type {Record<string, string>} */ ({
  "listEvents listDeletedEvents": "lists",
  "createEvent updateEvent replaceEvent deleteEvent": "writes",
})

/** An effect by its name and its arguments. @param {unknown} effect @returns {{name: string, given: string}} */
export function effectWords(effect) {
  if (typeof effect !== "object" || effect === null) return { name: String(effect), given: "" }
  const [[name, given]] = Object.entries(effect)
  if (typeof given !== "object" || given === null || Array.isArray(given)) return { name, given: short(given) }
  return { name, given: pairs(given) }
}

/** Which requests a rule is for. @param {Partial<Rule>} rule */
export function matchWords({ match = {} }) {
  const { operation, client, ...others } = match
  const operations = operation === undefined ? "any request" : listed(operation)
  const who = client === undefined ? "any client" : `client ${short(client)}`
  return [operations, who, ...(Object.keys(others).length ? [pairs(others)] : [])].join(" · ")
}

/** How often a rule is applied. @param {Partial<Rule>} rule */
export function spanWords({ times, skip, probability, from, until }) {
  const often = times === undefined ? "until cleared" : times === 1 ? "once" : `the next ${times.toLocaleString("en")}`
  return [
    often,
    ...(skip ? [`after ${skip.toLocaleString("en")} others`] : []),
    ...(probability === undefined ? [] : [`with a chance of ${probability}`]),
    ...(from ? [`from ${from}`] : []),
    ...(until ? [`until ${until}`] : []),
  ].join(", ")
}

/** Whether a rule is applied no more. @param {Rule} rule */
export function isSpent({ times, applied }) {
  return times !== undefined && applied >= times
}

/** @param {string | string[]} operation */
function listed(operation) {
  const all = [operation].flat()
  return KINDS[all.join(" ")] ?? all.join(", ")
}

/** @param {object} given */
function pairs(given) {
  return cut(Object.entries(given).map(([name, value]) => `${name} ${short(value)}`).join(" · "), LONGEST)
}

/** @param {unknown} value */
function short(value) {
  return cut(typeof value === "string" ? value : (writeJson(value) ?? ""), LONGEST)
}
