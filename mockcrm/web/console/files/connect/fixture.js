// The events of the sandbox as a fixture file: `mockcrm serve --load` reads it, and so does this page.

import { call, SANDBOX } from "../data/api.js"
import { writeJson } from "../data/json.js"

/** @typedef {import("../data/types.js").EventVersion} EventVersion */

/** What the controls show of an event besides what a fixture file says. */
const INTERNAL = ["version", "origin", "deleted", "deletedAt", "visibleAt", "lastModifiedAt", "key"]

/** The fixture file as text: JSON, which is YAML too, with an event a line. */
export async function fixtureText() {
  const [clock, dialect, events] = await Promise.all([call("GET", "/admin/clock"), call("GET", "/admin/dialect"), allEvents()])
  const { now, mode, rate, tick } = clock
  const written = events.filter((each) => !each.deleted).map((each) => line(startEvent(each, now, dialect.indexLag)))
  return [
    "{",
    `"title": ${line(`${SANDBOX} at ${now}`)},`,
    `"clock": ${line({ now, mode, rate, tick })},`,
    `"dialect": ${line(dialect)},`,
    `"events": [\n${written.join(",\n")}\n]`,
    "}\n",
  ].join("\n")
}

/** @returns {Promise<EventVersion[]>} */
async function allEvents() {
  const found = []
  let next = ""
  do {
    const page = await call("GET", `/admin/events?limit=1000${next}`)
    found.push(...page.records)
    next = page.nextPageToken && `&pageToken=${encodeURIComponent(page.nextPageToken)}`
  } while (next)
  return found
}

/** @param {EventVersion} event @param {string} now @param {string | null} lag */
function startEvent(event, now, lag) {
  const hidden = Math.max(0, Date.parse(event.visibleAt) - Date.parse(now))
  return {
    ...(event.key === null ? {} : { key: event.key }),
    ...Object.fromEntries(Object.entries(event).filter(([name]) => !INTERNAL.includes(name))),
    stamp: event.lastModifiedAt,
    ...(hidden || lag !== null ? { visibleAfter: `${hidden}ms` } : {}),
  }
}

/** YAML refuses, or folds, characters that JSON has as they are. @param {unknown} value */
function line(value) {
  return writeJson(value).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`)
}
