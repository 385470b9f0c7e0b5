// The grid: FullCalendar, mounted once. It gets what differs, so that what is dragged or has the focus stays.

import { effect } from "@preact/signals"
import { html } from "htm/preact"
import { useEffect, useRef } from "preact/hooks"

import { access } from "../data/api.js"
import { go, toThing } from "../data/address.js"
import { shownTime } from "../data/knowledge.js"
import { dayOf, now, zone } from "../data/time.js"
import { Drawn, pictures } from "./drawn.js"
import { moveTo } from "./drag.js"
import { attempt } from "./edits.js"
import { fullCalendar } from "./library.js"
import { options } from "./options.js"
import { newDraft } from "./draft.js"
import { edit } from "./form.js"
import { spotlit, storyTime } from "./spotlight.js"
import { around, boundsOf, readRange, voided } from "./store.js"
import { shownDay, shownRange, shownView, VIEWS } from "./views.js"

/** @typedef {import("fullcalendar").Calendar} FullCalendar */

export function Grid() {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null))
  useEffect(() => mount(/** @type {HTMLDivElement} */ (place.current)), [])
  return html`<div class="grid" ref=${place}></div>`
}

/** @param {HTMLElement} place @returns {() => void} what takes it away again */
function mount(place) {
  const calendar = new fullCalendar.Calendar(place, {
    ...options(),
    eventClick: ({ event }) => go(toThing("event", event.id)),
    select: (span) => (calendar.unselect(), edit(newDraft(span))),
    navLinkDayClick: (date) => go({ view: "day", date: dayOf(date) }),
    eventDrop: ({ event }) => dropped(event),
    eventResize: ({ event }) => dropped(event),
    datesSet: ({ start, end, view }) => {
      shownRange.value = { from: start.getTime(), to: end.getTime(), title: view.title }
      shownTime.value = boundsOf(around(shownRange.value))
    },
  })
  const drawn = new Drawn(calendar)
  /** @param {import("fullcalendar").EventApi} event */
  const dropped = async (event) => {
    if (!(await moveTo(event))) drawn.redraw(event.id)
  }
  calendar.render()
  const stops = [
    effect(() => follow(calendar)),
    effect(() => void (calendar.getOption("timeZone") !== zone.value && calendar.setOption("timeZone", zone.value))),
    effect(() => void (minute() && lookAtClock(calendar))),
    effect(() => readShown()),
    effect(() => scrollToStory(calendar)),
    drawn.follow(),
    effect(() => scrollToSpotlit(place)),
  ]
  return () => {
    stops.forEach((stop) => stop())
    calendar.destroy()
  }
}

/** Go where the address says. @param {FullCalendar} calendar */
function follow(calendar) {
  const [type, day] = [VIEWS[shownView.value], shownDay.value]
  if (calendar.view.type !== type) calendar.changeView(type, day)
  else if (calendar.formatIso(calendar.getDate(), true) !== day) calendar.gotoDate(day)
}

const minute = () => Math.floor((now.value ?? 0) / 60_000)

/**
 * Have the line of now drawn where the sandbox's clock stands. FullCalendar looks at a clock of its own choice once a
 * minute of the world; the sandbox's may jump at any time.
 *
 * @param {FullCalendar} calendar
 */
function lookAtClock(calendar) {
  const { nowManager } = calendar.getCurrentData()
  const { resetListeners } = /** @type {{resetListeners: Set<() => void>}} */ (/** @type {unknown} */ (nowManager))
  resetListeners.forEach((listener) => listener())
}

/** Have the time of a tour's story in sight. @param {FullCalendar} calendar */
function scrollToStory(calendar) {
  const [time] = [storyTime.value, shownView.value]
  if (time !== "") requestAnimationFrame(() => calendar.scrollToTime(time))
}

/** Have what changed last in a tour in sight, once it is drawn. @param {HTMLElement} place */
function scrollToSpotlit(place) {
  void pictures.value
  if (spotlit.value === "") return
  requestAnimationFrame(() => place.querySelector(".spotlit")?.scrollIntoView({ block: "nearest" }))
}

/** Read what is shown: when that changes, when what was read is void, and when the server is back. */
function readShown() {
  const range = shownRange.value
  void voided.value
  if (range !== null && access.value.state === "open") attempt(() => readRange(range))
}
