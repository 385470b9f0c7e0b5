// What the calendar shows: the view, the day, and the range of time that follows from them.

import { computed, signal } from "@preact/signals"

import { address } from "../data/address.js"
import { dayOf, now } from "../data/time.js"
import { FRAMED } from "../shell/layout.js"

/** The views, with FullCalendar's names for them. */
export const VIEWS = /** @type {const} */ ({
  day: "timeGridDay",
  week: "timeGridWeek",
  month: "dayGridMonth",
  list: "listWeek",
})

/** @typedef {keyof typeof VIEWS} View */

const phone = matchMedia("(max-width: 760px)")
/** Whether the page is on a phone. Within another page, that one says. */
export const narrow = signal(!FRAMED && phone.matches)
phone.addEventListener("change", () => FRAMED || (narrow.value = phone.matches))

/** The views that there is room for: a week is too wide for a phone. */
export const views = computed(
  () => /** @type {View[]} */ (narrow.value ? ["day", "month", "list"] : ["day", "week", "month", "list"]),
)

/** The view that is shown. */
export const shownView = computed(() => {
  const asked = /** @type {View} */ (address.value.view in VIEWS ? address.value.view : "week")
  return views.value.includes(asked) ? asked : "day"
})

/** The day of the sandbox's now; empty until it is known. */
export const today = computed(() => (now.value === null ? "" : dayOf(now.value)))

/** The day that is shown, or one of those that are: the one in the address, or else the sandbox's today. */
export const shownDay = computed(() => (isDay(address.value.date) ? address.value.date : today.value))

/** @param {string} text */
function isDay(text) {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
}

/** The range that is shown, and its name; FullCalendar says. */
export const shownRange = signal(/** @type {{from: number, to: number, title: string} | null} */ (null))
