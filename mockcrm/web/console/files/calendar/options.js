// How FullCalendar is set up here.

import { now, timeText, zone } from "../data/time.js"
import { layout } from "../shell/layout.js"
import { classOf, contentOf, moreContentOf } from "./shown.js"
import { shownDay, shownView, VIEWS } from "./views.js"

const HOURS = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", hour12: false })
const DAYS = /** @type {const} */ ({ day: "numeric", month: "long", year: "numeric" })

/** @typedef {import("fullcalendar").CalendarOptions} Options */

/** Our own classes and contents. @type {Options} */
const LOOKS = {
  eventClass: classOf,
  eventContent: contentOf,
  columnEventTitleClass: ({ isShort }) => (isShort ? "" : "wrapping"),
  rowEventTimeClass: "row-time",
  slotHeaderInnerClass: "hour",
  allDayHeaderInnerClass: "hour",
  dayHeaderInnerClass: dayClass,
  dayCellTopInnerClass: dayClass,
  listItemEventBeforeClass: "swatch",
  listItemEventTimeClass: "list-time",
  listDayHeaderInnerClass: "list-day",
  moreLinkInnerClass: "more-link",
  moreLinkContent: moreContentOf,
  popoverClass: "day-popover",
  navLinkHint: (_text, date) => dayName(date),
  // The link in it has the same name, and what else stands in the cell is to be read too.
  dayCellDidMount: ({ el }) => el.removeAttribute("aria-label"),
  viewDidMount: ({ el, view }) => view.type.startsWith("timeGrid") && scrollByKeyboard(el),
}

/** Hours without events have nothing to focus, and are scrolled by the keyboard all the same. @param {HTMLElement} view */
function scrollByKeyboard(view) {
  for (const part of view.querySelectorAll("div")) {
    if (getComputedStyle(part).overflowY === "auto") part.querySelector('[role="row"]')?.setAttribute("tabindex", "0")
  }
}

/** What can be dragged, and by how much. @type {Options} */
const DRAGGING = {
  editable: true,
  eventResizableFromStart: true,
  allDayMaintainDuration: false,
  selectable: true,
  longPressDelay: 400,
  snapDuration: "00:15",
  defaultTimedEventDuration: "00:15",
}

/** How much is drawn: what overlaps stands side by side, and what has no room is behind "+2 more". @type {Options} */
const ROOM = {
  height: "100%",
  borderless: true,
  headerToolbar: false,
  slotEventOverlap: false,
  slotMinHeight: 28,
  eventMinHeight: 18,
  eventMaxStack: 3,
  dayMaxEvents: true,
  eventDisplay: "block",
  displayEventEnd: false,
}

/** What differs between the views. @returns {Options["views"]} */
function byView() {
  // Two calendars side by side have less room.
  const days = layout.peek() === "workbench" ? DAYS : /** @type {const} */ ({ ...DAYS, month: "short" })
  return {
    timeGridDay: { titleFormat: { weekday: "short", ...days }, eventMaxStack: 8, displayEventEnd: true },
    timeGridWeek: { titleFormat: days, dayHeaderFormat: { weekday: "short", day: "numeric" } },
    dayGridMonth: { titleFormat: { month: "long", year: "numeric" } },
    listWeek: { titleFormat: days, displayEventEnd: true, eventInteractive: false },
  }
}

/** @returns {Options} */
export function options() {
  return {
    ...LOOKS,
    ...DRAGGING,
    ...ROOM,
    views: byView(),
    initialView: VIEWS[shownView.peek()],
    initialDate: shownDay.peek(),
    now: () => now.peek() ?? Date.now(),
    nowIndicator: true,
    navLinks: true,
    timeZone: zone.peek(),
    locale: "en-GB",
    firstDay: 1,
    scrollTime: scrollTime(),
    scrollTimeReset: false,
    eventTimeFormat: HOURS,
    slotHeaderFormat: HOURS,
    allDayText: "all day",
    noEventsText: "No events in this week",
    events: [],
  }
}

/** @param {{isToday: boolean}} info */
function dayClass({ isToday }) {
  return isToday ? "day-name is-today" : "day-name"
}

/** The name of a link to a day begins as what is written there. @param {Date} date */
function dayName(date) {
  const weekday = shownView.peek() === "list" ? "long" : "short"
  return new Intl.DateTimeFormat("en-GB", { weekday, ...DAYS, timeZone: zone.peek() }).format(date).replace(",", "")
}

/** The working day is in sight, and the sandbox's now too; beside another calendar only the latter has room. */
function scrollTime() {
  const hour = Number(timeText(now.peek() ?? 0).slice(0, 2))
  const atMorning = layout.peek() === "workbench" && hour >= 8 && hour < 17
  return { hours: atMorning ? 7 : Math.max(hour - 2, 0), minutes: 30 }
}
