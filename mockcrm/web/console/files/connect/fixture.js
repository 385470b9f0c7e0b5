// The records of the sandbox as a fixture file: `mockcrm serve --load` reads it, and so does this page.

import { call, SANDBOX } from "../data/api.js"
import { writeJson } from "../data/json.js"
import { withoutDangling } from "./links.js"

/** @typedef {import("../data/kinds.js").Kind} Kind */

/** What the controls show of a record besides what a fixture file says. */
const INTERNAL = ["version", "origin", "deleted", "deletedAt", "visibleAt", "lastModifiedAt", "key"]

/**
 * A record of any kind, as the controls show it.
 *
 * @typedef {Record<string, unknown> & {
 *   key: string | null, deleted: boolean, visibleAt: string, lastModifiedAt: string,
 * }} Version
 */

/** The fixture file as text: JSON, which is YAML too, with a record a line. */
export async function fixtureText() {
  const [clock, dialect] = await Promise.all([call("GET", "/admin/clock"), call("GET", "/admin/dialect")])
  const kinds = /** @type {Kind[]} */ ((await call("GET", "/admin/kinds")).kinds)
  const { now, mode, rate, tick } = clock
  const all = await Promise.all(kinds.map((kind) => living(kind.path)))
  const primary = all.flat().find((each) => each.primary === true)?.id
  const written = all.map((records, at) => loadable(records, kinds[at], { all, kinds, dialect })
    .map((each) => line(startRecord(each, now, dialect.indexLag, primary))))
  return [
    "{",
    `"title": ${line(`${SANDBOX} at ${now}`)},`,
    `"clock": ${line({ now, mode, rate, tick })},`,
    [`"dialect": ${line(dialect)}`, ...written.flatMap((records, at) => section(kinds[at].path, records))].join(",\n"),
    "}\n",
  ].join("\n")
}

/** A section of the file, if it has records. @param {string} name @param {string[]} lines */
function section(name, lines) {
  return lines.length > 0 ? [`"${name}": [\n${lines.join(",\n")}\n]`] : []
}

/** The records of a kind that are not deleted, by its path. @param {string} path @returns {Promise<Version[]>} */
async function living(path) {
  const found = []
  let next = ""
  do {
    const page = await call("GET", `/admin/${path}?limit=1000${next}`)
    found.push(...page.records.filter((/** @type {Version} */ each) => !each.deleted))
    next = page.nextPageToken && `&pageToken=${encodeURIComponent(page.nextPageToken)}`
  } while (next)
  return found
}

/**
 * The records of a kind that a file may have. Every CRM has its primary calendar. A CRM that makes child events makes
 * them anew, and takes none from elsewhere. One that refuses links which lead to nothing refuses them in a file, too.
 *
 * @param {Version[]} records @param {Kind} kind @param {{all: Version[][], kinds: Kind[], dialect: Record<string, unknown>}} crm
 */
function loadable(records, kind, { all, kinds, dialect }) {
  const ids = new Map(all.map((each, at) => [String(kinds[at].name), new Set(each.map(({ id }) => String(id)))]))
  const isThere = (/** @type {string} */ of, /** @type {unknown} */ id) => ids.get(of)?.has(String(id)) ?? false
  const isChild = (/** @type {Version} */ { parentId }) => dialect.childEvents !== "none" && Boolean(parentId) && isThere(kind.name, parentId)
  const found = records.filter((each) => each.primary !== true && !isChild(each))
  if (dialect.references !== "refuse") return found
  return found.map((each) => /** @type {Version} */ (withoutDangling(each, kind, isThere)))
}

/**
 * A file has no primary calendar, so it does not name its id.
 *
 * @param {Version} record @param {string} now @param {string | null} lag @param {unknown} primary
 */
function startRecord(record, now, lag, primary) {
  const hidden = Math.max(0, Date.parse(record.visibleAt) - Date.parse(now))
  const said = (/** @type {string} */ name) => !INTERNAL.includes(name)
  const inPrimary = (/** @type {string} */ name) => (name === "calendarId" ? primary : undefined)
  return {
    ...(record.key === null ? {} : { key: record.key }),
    ...Object.fromEntries(Object.entries(record).filter(([name, value]) => said(name) && value !== inPrimary(name))),
    stamp: record.lastModifiedAt,
    ...(hidden || lag !== null ? { visibleAfter: `${hidden}ms` } : {}),
  }
}

/** YAML refuses, or folds, characters that JSON has as they are. @param {unknown} value */
function line(value) {
  return writeJson(value).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`)
}
