// What is shown stands in the address, behind `#`, so that it can be shared, and the browser's Back works.

import { signal } from "@preact/signals"

/**
 * - `view`: `week`, `month`, `list` or `day` of the calendar, and its `date` (`2026-03-02`; empty: the sandbox's now)
 * - `panel`: `traffic`, `changes`, `audit`, `scenario`, `faults`, `dialect`, `connect` or `records`
 * - `open`: what is selected: `event:1001`, `change:12`, `request:3`, `finding:2` or `scenario:echo-own-write`
 * - `record`: what the records show: all of a kind (`contact`), or one (`contact:1001`)
 * - `client`: whose knowledge the calendar shows; `zone`: the time zone
 * - `calendar`, `owner`: the ids of the calendar and of the user whose events the calendar shows; empty: of all
 * - `axis`: `minutes`, `hour`, `day`, `all`, or two instants in milliseconds (`1772442000000~1772445600000`); `.time` behind it shows
 *   them by time
 * - `filter`: a text that the open panel's rows have; `search`: one that events have
 * - `area`: what a phone shows: `calendar`, `panel` or `axis`; in a demo also `client` or `mailbox`. Elsewhere a demo
 *   shows all of it but the panels, which `panel` opens
 * - `layout`: `demo`, `workbench`, or `calendar` for the calendar alone; empty: the demo where one runs
 *
 * @typedef {{view: string, date: string, panel: string, open: string, client: string, zone: string, axis: string,
 *   filter: string, search: string, record: string,
 *   calendar: string, owner: string, area: string, layout: string}} Address
 */

/** @type {Address} */
const DEFAULTS = {
  view: "week", date: "", panel: "traffic", open: "", client: "", zone: "", axis: "", filter: "", search: "", record: "",
  calendar: "", owner: "", area: "calendar", layout: "",
}
const NAMES = /** @type {(keyof Address)[]} */ (Object.keys(DEFAULTS))

/** What an address may say; anything else in it is left aside. @type {Partial<Record<keyof Address, RegExp>>} */
const FORMS = {
  view: /^(week|month|list|day)$/,
  date: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  panel: /^(traffic|changes|records|audit|scenario|faults|dialect|connect)$/,
  open: /^(event|change|request|finding|scenario):./,
  record: /^[a-z]+(:.+)?$/,
  axis: /^(minutes|hour|day|all|-?[\d.]+~-?[\d.]+)(\.time)?$/,
  area: /^(calendar|panel|axis|client|mailbox)$/,
  layout: /^(demo|workbench|calendar)?$/,
}

/** @returns {Address} */
function read() {
  const given = new URLSearchParams(location.hash.slice(1))
  const found = { ...DEFAULTS, ...(given.has("panel") ? { area: "panel" } : {}) }
  for (const name of NAMES) {
    const text = given.get(name)
    if (text !== null && (FORMS[name] ?? /^/).test(text)) found[name] = text
  }
  return found
}

/** What the address says now. */
export const address = signal(read())

addEventListener("hashchange", () => {
  address.value = read()
})

/**
 * The part of an address behind `#` that shows `change` besides what is shown. On a phone, what is chosen comes into
 * view: a panel, or the calendar for an event.
 *
 * @param {Partial<Address>} change
 */
export function hashFor(change) {
  const wanted = { ...address.value, ...areaOf(change), ...change }
  const implied = wanted.panel === DEFAULTS.panel ? DEFAULTS.area : "panel"
  const differing = NAMES.filter((name) => wanted[name] !== (name === "area" ? implied : DEFAULTS[name]))
  return `#${new URLSearchParams(differing.map((name) => [name, wanted[name]]))}`
}

/** @param {Partial<Address>} change @returns {Partial<Address>} */
function areaOf(change) {
  if (change.panel !== undefined) return { area: "panel" }
  return change.open?.startsWith("event:") ? { area: "calendar" } : {}
}

/** Show something else. With `replace`, Back does not return to what is shown now. @param {Partial<Address>} change */
export function go(change, { replace = false } = {}) {
  const hash = hashFor(change)
  if (hash === (location.hash || "#")) return
  history[replace ? "replaceState" : "pushState"](null, "", hash === "#" ? location.pathname : hash)
  address.value = read()
}

/** What an address says of the view alone, and means the same in another sandbox. */
export function hashOfView() {
  return hashFor({ open: "", client: "", filter: "", search: "", record: "", calendar: "", owner: "", panel: address.value.panel, area: address.value.area })
}

/** The selected thing: `{kind: "request", id: "3"}`; null if none is. */
export function selected() {
  const [kind, id] = address.value.open.split(/:(.*)/s)
  return id ? { kind, id } : null
}

const PANEL_OF = /** @type {Record<string, string>} */ ({ change: "changes", request: "traffic", finding: "audit", scenario: "scenario" })

/** What to show so that this thing is seen: it is selected, in its panel if it has one. @param {string} kind @param {string | number} id */
export function toThing(kind, id) {
  return { open: `${kind}:${id}`, ...(PANEL_OF[kind] ? { panel: PANEL_OF[kind], filter: "" } : {}) }
}

/** What to show so that a record is seen: an event in the calendar, any other on its page. @param {string} kind @param {string} id */
export function toRecord(kind, id) {
  return kind === "event" ? toThing(kind, id) : { panel: "records", record: `${kind}:${id}`, filter: "" }
}

/** What to show of a thing so that it is seen on the whole time axis. @param {string} kind @param {string | number} id */
export function onAxis(kind, id) {
  return { open: `${kind}:${id}`, axis: "all", area: "axis" }
}
