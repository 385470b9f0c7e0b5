// How FullCalendar is set up here.

import { now, zone } from "../data/time.js"
import { layout } from "../shell/layout.js"
import { classOf, contentOf, moreContentOf } from "./shown.js"
import { shownDay, shownView, VIEWS } from "./views.js"

const HOURS = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", hour12: false })
const DAYS = /** @type {const} */ ({ day: "numeric", month: "long", year: "numeric" })
/** Two calendars side by side have less room. @returns {{month: "long" | "short"}} */
const month = () => ({ month: layout.peek() === "workbench" ? "long" : "short" })

/** @returns {import("fullcalendar").CalendarOptions} */
export function options() {
  return {
    initialView: VIEWS[shownView.peek()],
    initialDate: shownDay.peek(),
    now: () => now.peek() ?? Date.now(),
    timeZone: zone.peek(),
    locale: "en-GB",
    firstDay: 1,
    headerToolbar: false,
    height: "100%",
    borderless: true,
    events: [],
    // It is big beside little: what overlaps stands side by side, and what has no room is behind "+2 more".
    slotEventOverlap: false,
    eventMaxStack: 3,
    dayMaxEvents: true,
    eventDisplay: "block",
    nowIndicator: true,
    navLinks: true,
    navLinkHint: (_text, date) => dayName(date),
    // The link in it has the same name, and what else stands in the cell is to be read too.
    dayCellDidMount: ({ el }) => el.removeAttribute("aria-label"),
    editable: true,
    eventResizableFromStart: true,
    allDayMaintainDuration: false,
    selectable: true,
    longPressDelay: 400,
    defaultTimedEventDuration: "00:15",
    snapDuration: "00:15",
    scrollTime: scrollTime(),
    scrollTimeReset: false,
    eventMinHeight: 18,
    eventTimeFormat: HOURS,
    slotHeaderFormat: HOURS,
    displayEventEnd: false,
    eventClass: classOf,
    columnEventTitleClass: ({ isShort }) => (isShort ? "" : "wrapping"),
    slotHeaderInnerClass: "hour",
    allDayHeaderInnerClass: "hour",
    allDayText: "all day",
    dayHeaderInnerClass: ({ isToday }) => (isToday ? "day-name is-today" : "day-name"),
    rowEventTimeClass: "row-time",
    dayCellTopInnerClass: ({ isToday }) => (isToday ? "day-name is-today" : "day-name"),
    listItemEventBeforeClass: "swatch",
    listItemEventTimeClass: "list-time",
    listDayHeaderInnerClass: "list-day",
    slotMinHeight: 28,
    moreLinkInnerClass: "more-link",
    popoverClass: "day-popover",
    eventContent: contentOf,
    moreLinkContent: moreContentOf,
    noEventsText: "No events in this week",
    views: {
      timeGridDay: { titleFormat: { weekday: "short", ...DAYS, ...month() }, eventMaxStack: 8, displayEventEnd: true },
      timeGridWeek: { titleFormat: { ...DAYS, ...month() }, dayHeaderFormat: { weekday: "short", day: "numeric" } },
      dayGridMonth: { titleFormat: { month: "long", year: "numeric" } },
      listWeek: { titleFormat: { ...DAYS, ...month() }, displayEventEnd: true, eventInteractive: false },
    },
  }
}

/** The name of a link to a day begins as what is written there. @param {Date} date */
function dayName(date) {
  const weekday = shownView.peek() === "list" ? "long" : "short"
  return new Intl.DateTimeFormat("en-GB", { weekday, ...DAYS, timeZone: zone.peek() }).format(date).replace(",", "")
}

/** The working day is in sight, and the sandbox's now too. */
function scrollTime() {
  const hour = Number(
    new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone: zone.peek() }).format(
      now.peek() ?? 0,
    ),
  )
  return { hours: hour >= 8 && hour < 17 ? 7 : Math.max(hour - 2, 0), minutes: 30 }
}
