// How an event looks in the grid: what FullCalendar is given of it, and what it draws.

import { knowledgeOf, shownClient, STATE_WORDS } from "../data/knowledge.js"
import { zone } from "../data/time.js"
import { icon } from "./icons.js"
import { spotlit } from "./spotlight.js"
import { fullCalendar } from "./library.js"
import { whenText } from "../data/when.js"

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("../data/types.js").KnowledgeState} KnowledgeState */
/** What a client knows, `plain` if there is no client. @typedef {KnowledgeState | "plain"} Look */
/** @typedef {{row: Row, look: Look, chosen: boolean, lit: boolean}} Shown */

const { h, Fragment } = fullCalendar.Preact

/** What to show of an event. @param {Row} row @param {string} chosenId @returns {Shown} */
export function shownOf(row, chosenId) {
  const look = shownClient.value ? knowledgeOf(row.id).state : "plain"
  return { row, look, chosen: row.id === chosenId, lit: row.id === spotlit.value }
}

/** A text that differs if two look different. @param {Shown} shown */
export function signatureOf({ row, look, chosen, lit }) {
  return `${row.version} ${row.deleted} ${look} ${chosen} ${lit}`
}

/** @param {Row} row */
export function timesOf({ start, end, allDay }) {
  const written = [start, end].map((at) => new Date(at).toISOString().slice(0, allDay ? 10 : undefined))
  // FullCalendar knows no event without a length: it draws one that has no end.
  return { start: written[0], end: end > start ? written[1] : null, allDay }
}

/** @param {Shown} shown */
export function inputOf(shown) {
  const { start, end, allDay } = timesOf(shown.row)
  return { id: shown.row.id, title: shown.row.title, start, end: end ?? undefined, allDay, extendedProps: { shown } }
}

/** @typedef {import("fullcalendar").EventDisplayInfo} EventDisplayInfo */

/**
 * @param {{event: {extendedProps: Record<string, any>}}} info
 * @returns {Shown | undefined} none while a range is being chosen
 */
const shownIn = (info) => info.event.extendedProps.shown

/** @param {EventDisplayInfo} info */
export function classOf(info) {
  const shown = shownIn(info)
  if (shown === undefined) return "crm-event"
  const { row, look, chosen, lit } = shown
  const listed = info.view.type.startsWith("list") && "listed"
  const names = [row.isPrivate && "private", row.deleted && "deleted", chosen && "chosen", lit && "spotlit"]
  return ["crm-event", listed, look, ...names].filter(Boolean).join(" ")
}

/** @param {EventDisplayInfo} info */
export function contentOf(info) {
  const shown = shownIn(info)
  if (shown === undefined) return undefined
  const text = h("span", { class: "visually-hidden" }, textOf(shown))
  const title = h(
    "div",
    { class: info.titleClass, "aria-hidden": true },
    ...titleOf(shown, info.view.type.startsWith("list")),
  )
  return h(
    Fragment,
    null,
    info.timeText && h("div", { class: info.timeClass, "aria-hidden": true }, info.timeText),
    // In a list the items are no buttons: each has one.
    info.isInteractive ? [title, text] : h("button", { class: "listed-button" }, title, text),
  )
}

/** @param {Shown} shown @param {boolean} inList */
function titleOf(shown, inList) {
  const { row, look } = shown
  return [
    ...signsOf(shown),
    h("bdi", { class: "name" }, row.title),
    row.location && h("span", { class: "place" }, h("bdi", null, row.location)),
    inList && look !== "upToDate" && stateText(shown) && h("span", { class: "state" }, stateText(shown)),
  ]
}

/** An event as it is read aloud. @param {Shown} shown */
function textOf(shown) {
  return [shown.row.title, shown.row.location, whenOf(shown.row), stateText(shown)].filter(Boolean).join(", ")
}

/** @param {import("fullcalendar").MoreLinkInfo & {num: number, text: string}} info */
export function moreContentOf({ text, num }) {
  return h(Fragment, null, text, h("span", { class: "visually-hidden" }, num === 1 ? " event" : " events"))
}

/** When events take place, in the zone that was shown. @type {WeakMap<Row, {zone: string, text: string}>} */
const whens = new WeakMap()

/** An event is drawn at each step while another is dragged, so the text is kept. @param {Row} row */
function whenOf(row) {
  const had = whens.get(row)
  if (had?.zone === zone.value) return had.text
  const text = whenText(row)
  whens.set(row, { zone: zone.value, text })
  return text
}

/** @param {Shown} shown */
function signsOf({ row, look }) {
  const names = /** @type {const} */ ([
    row.isPrivate && "lock",
    look === "outOfReach" && "alert",
    look === "pending" && "waiting",
  ])
  return names.map((name) => name && icon(h, name))
}

/** What colours and signs say. @param {Shown} shown */
function stateText({ row, look }) {
  const words = [row.isPrivate && "private", row.deleted && "deleted", look !== "plain" && STATE_WORDS[look]].filter(Boolean)
  return words.join(", ")
}
