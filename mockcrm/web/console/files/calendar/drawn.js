// What the grid has drawn, and what it should: FullCalendar gets the difference, once for each picture.

import { effect, signal } from "@preact/signals"

import { selected } from "../data/address.js"
import { inputOf, shownOf, signatureOf, timesOf } from "./shown.js"
import { rowsIn, stirred } from "./store.js"
import { shownRange, shownView } from "./views.js"

/** @typedef {import("./shown.js").Shown} Shown */

/** How many events are drawn at most. A list draws each; the other views leave out what has no room. */
const MOST_DRAWN = 5000
const MOST_LISTED = 300
/** From so many differences on, telling all anew costs less than telling each. */
const MOST_SINGLE = 40

/** How many events of the range that is shown are drawn. */
export const drawnCount = signal({ drawn: 0, there: 0 })

/** Counts what has been drawn. */
export const pictures = signal(0)

export class Drawn {
  /** @param {import("fullcalendar").Calendar} calendar */
  constructor(calendar) {
    this.calendar = calendar
    /** What each event looks like that is drawn. @type {Map<string, string>} */
    this.signatures = new Map()
    this.waiting = false
  }

  /** Draw whatever becomes known. @returns {() => void} what ends it */
  follow() {
    return effect(() => {
      const wanted = wantedNow()
      this.wanted = wanted
      if (this.waiting) return
      this.waiting = true
      requestAnimationFrame(() => {
        this.waiting = false
        this.draw(/** @type {Shown[]} */ (this.wanted))
      })
    })
  }

  /** Draw an event as it is known, though FullCalendar shows it as it was dragged. @param {string} id */
  redraw(id) {
    this.signatures.delete(id)
    this.draw(wantedNow())
  }

  /** @param {Shown[]} wanted */
  draw(wanted) {
    const next = new Map(wanted.map((shown) => [shown.row.id, signatureOf(shown)]))
    const gone = [...this.signatures.keys()].filter((id) => !next.has(id))
    const differing = wanted.filter(({ row }) => this.signatures.get(row.id) !== next.get(row.id))
    this.signatures = next
    if (gone.length + differing.length > MOST_SINGLE) this.calendar.setOption("events", wanted.map(inputOf))
    else {
      this.calendar.batchRendering(() => {
        gone.forEach((id) => this.calendar.getEventById(id)?.remove())
        differing.forEach((shown) => this.drawOne(shown))
      })
    }
    pictures.value += 1
  }

  /** @param {Shown} shown */
  drawOne(shown) {
    const event = this.calendar.getEventById(shown.row.id)
    if (event === null) {
      this.calendar.addEvent(inputOf(shown), true)
      return
    }
    const { start, end, allDay } = timesOf(shown.row)
    event.setProp("title", shown.row.title)
    event.setExtendedProp("shown", shown)
    event.setDates(start, end, { allDay })
  }
}

/** @returns {Shown[]} */
function wantedNow() {
  void stirred.value
  const range = shownRange.value
  const chosen = selected()
  const inList = shownView.value === "list"
  const rows = range === null ? [] : rowsIn(range).filter((row) => inList || !row.deleted)
  const drawn = rows.slice(0, inList ? MOST_LISTED : MOST_DRAWN)
  drawnCount.value = { drawn: drawn.length, there: rows.length }
  return drawn.map((row) => shownOf(row, chosen?.kind === "event" ? chosen.id : ""))
}
