// Two calendars in step: the page of a demo leads the mailbox's calendar in its frame, and follows when that is moved.

import { effect } from "@preact/signals"

import { address, go } from "../data/address.js"
import { tourAround, touring } from "../data/tour.js"
import { narrow, shownView } from "../calendar/views.js"
import { FRAMED } from "../shell/layout.js"
import { largeType } from "../shell/large-type.js"
import { theme } from "../shell/theme.js"

/** What a calendar shows. @typedef {{view: string, date: string}} Place */
/** @typedef {{show: Place & {zone: string}, theme: string, large: boolean, narrow: boolean, touring: boolean}} Lead */
/** What the frame says: that it is ready, or where it was moved to. @typedef {{ready?: true, moved?: Place}} Said */

/** The frame's page, as it is at first. */
export function framedHash() {
  const { date, zone } = address.peek()
  return `#${new URLSearchParams({ layout: "calendar", view: shownView.peek(), date, zone })}`
}

/** Lead the page in a frame. @param {HTMLIFrameElement} frame @returns {() => void} what ends it */
export function lead(frame) {
  const send = () => {
    const { date, zone } = address.value
    /** @type {Lead} */
    const all = {
      show: { view: shownView.value, date, zone }, theme: theme.value, large: largeType.value, narrow: narrow.value,
      touring: touring.value,
    }
    frame.contentWindow?.postMessage(all, location.origin)
  }
  /** @param {MessageEvent} message */
  const hear = ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== location.origin) return
    const { ready, moved } = /** @type {Said} */ (Object(data))
    if (ready) send()
    if (moved) go({ view: moved.view, date: moved.date }, { replace: true })
  }
  addEventListener("message", hear)
  const stop = effect(send)
  return () => {
    stop()
    removeEventListener("message", hear)
  }
}

/** Follow the page around this one, if there is one. It gets what is moved here, but not what it moved itself. */
export function followLeader() {
  if (!FRAMED) return
  let known = ""
  /** @param {Said} said */
  const say = (said) => parent.postMessage(said, location.origin)
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== parent || origin !== location.origin) return
    const { show, ...looks } = /** @type {Partial<Lead>} */ (Object(data))
    // A browser's extension may send messages of its own.
    if (show === undefined) return
    known = keyOf(show)
    narrow.value = looks.narrow ?? false
    theme.value = looks.theme ?? theme.value
    largeType.value = looks.large ?? false
    const tours = looks.touring ?? false
    // What is open is of the mailbox before.
    const place = tours === tourAround.peek() ? show : { ...show, open: "" }
    tourAround.value = tours
    go(place, { replace: true })
  })
  effect(() => {
    const { view, date } = address.value
    if (known === "" || keyOf({ view, date }) === known) return
    known = keyOf({ view, date })
    say({ moved: { view, date } })
  })
  say({ ready: true })
}

/** @param {Place} place */
const keyOf = ({ view, date }) => `${view} ${date}`
