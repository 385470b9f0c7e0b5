// What is shown stands in the address, behind `#`, so that it can be shared, and the browser's Back works.

import { signal } from "@preact/signals"

/**
 * - `view`: `week`, `month`, `list` or `day` of the calendar, and its `date` (`2026-03-02`; empty: the sandbox's now)
 * - `panel`: `traffic`, `changes`, `audit`, `scenario`, `faults`, `dialect` or `connect`
 * - `open`: what is selected: `event:1001`, `change:12`, `request:3`, `finding:2` or `scenario:echo-own-write`
 * - `client`: whose knowledge the calendar shows; `zone`: the time zone; `axis`: `hour`, `day` or `all`
 * - `filter`: a text that the open panel's rows have; `search`: one that events have
 *
 * @typedef {{view: string, date: string, panel: string, open: string, client: string, zone: string, axis: string,
 *   filter: string, search: string}} Address
 */

/** @type {Address} */
const DEFAULTS = {
  view: "week", date: "", panel: "traffic", open: "", client: "", zone: "", axis: "all", filter: "", search: "",
}

/** @returns {Address} */
function read() {
  const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)))
  return { ...DEFAULTS, ...Object.fromEntries(Object.keys(DEFAULTS).filter((name) => name in given).map((name) => [name, given[name]])) }
}

/** What the address says now. */
export const address = signal(read())

addEventListener("hashchange", () => {
  address.value = read()
})

/** The part of an address behind `#` that shows `change` besides what is shown. @param {Partial<Address>} change */
export function hashFor(change) {
  const wanted = { ...address.value, ...change }
  const differing = Object.entries(wanted).filter(([name, value]) => value !== DEFAULTS[/** @type {keyof Address} */ (name)])
  return `#${new URLSearchParams(differing)}`
}

/** Show something else. With `replace`, Back does not return to what is shown now. @param {Partial<Address>} change */
export function go(change, { replace = false } = {}) {
  const hash = hashFor(change)
  if (hash === (location.hash || "#")) return
  history[replace ? "replaceState" : "pushState"](null, "", hash === "#" ? location.pathname : hash)
  address.value = read()
}

/** The selected thing: `{kind: "request", id: "3"}`; null if none is. */
export function selected() {
  const [kind, id] = address.value.open.split(/:(.*)/)
  return id ? { kind, id } : null
}

const PANEL_OF = /** @type {Record<string, string>} */ ({ change: "changes", request: "traffic", finding: "audit", scenario: "scenario" })

/** What to show so that this thing is seen: it is selected, in its panel if it has one. @param {string} kind @param {string | number} id */
export function toThing(kind, id) {
  return { open: `${kind}:${id}`, ...(PANEL_OF[kind] ? { panel: PANEL_OF[kind], filter: "" } : {}) }
}
