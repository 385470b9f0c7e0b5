// The card of a tour, at the lower left: what happens, how a run has ended, and the buttons that steer it.

import { signal } from "@preact/signals"
import { html } from "htm/preact"
import { useEffect, useRef } from "preact/hooks"

import { zone } from "../data/time.js"
import { tour, tourName, wholeTour } from "../data/tour.js"
import { endedAt, Outcome, RunVerdict } from "./outcome.js"
import { goToCard } from "./steering.js"
import { Dots, Steps } from "./steps.js"

/** @typedef {import("../data/tour.js").Tour} Tour */

const folded = signal(false)

export function TourCard() {
  return tour.value && html`<${Card} key=${tourName.value} tour=${tour.value} />`
}

/** @param {{tour: Tour}} props */
function Card({ tour }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null))
  useEffect(() => {
    folded.value = false
    place.current?.focus({ preventScroll: true })
  }, [])
  return html`
    <div
      class=${`tour-card ${folded.value ? "folded" : ""}`} ref=${place} role="region" tabindex="-1"
      aria-label=${`Tour: ${tour.title}`} onKeyDown=${onKey}
    >
      <${Head} tour=${tour} />
      ${!folded.value && html`<${Body} tour=${tour} />`}
      <div class="tour-foot"><${Dots} tour=${tour} /><${Steps} tour=${tour} /></div>
    </div>
  `
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { card = 1 } = tour.value ?? {}
  const keys = { ArrowRight: () => goToCard(card + 1), ArrowLeft: () => goToCard(card - 1), Escape: fold }
  const does = keys[/** @type {keyof typeof keys} */ (event.key)]
  if (does === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
  event.preventDefault()
  event.stopPropagation()
  does()
}

function fold() {
  folded.value = true
  document.getElementById("tour-fold")?.focus()
}

/** @param {{tour: Tour}} props */
function Head({ tour }) {
  const text = wholeTour.value?.texts[tour.card - 1]
  const toggle = () => (folded.value = !folded.value)
  return html`
    <div class="tour-head">
      <h2>${tour.title}</h2>
      <${Whose} run=${text === undefined ? tour.run : text.run} />
      <span class="tour-state">${stateText(tour)}</span>
      ${folded.value && html`<span class="tour-now" role="status">${text?.title}</span>`}
      <button
        id="tour-fold" class="quiet" aria-expanded=${!folded.value} title=${folded.value ? "Unfold" : "Fold"}
        onClick=${toggle}
      ><span aria-hidden="true">${folded.value ? "▴" : "▾"}</span><span class="visually-hidden">Card of the tour</span></button>
    </div>
  `
}

/** What it is about to do. @param {Tour} tour */
function stateText({ moving, secondsLeft }) {
  if (moving) return "playing …"
  return secondsLeft === null ? "" : `goes on in ${Math.ceil(secondsLeft)} s`
}

const RUNS = { careless: "1 · careless client", careful: "2 · careful client" }

/** Which run a card is about. @param {{run: Tour["run"] | null}} props */
function Whose({ run }) {
  return html`<span class=${`tour-run ${run ?? "both"}`}>${run === null ? "both clients" : RUNS[run]}</span>`
}

/** What a text tells a time by. The CRM's own times are in UTC, and so are those of the cards. */
const CLOCK_TIME = /\d\d:\d\d/

/** @param {{tour: Tour}} props */
function Body({ tour }) {
  const whole = wholeTour.value
  const text = whole?.texts[tour.card - 1]
  const ended = whole?.card === tour.card ? endedAt(whole) : null
  const place = useRef(/** @type {HTMLElement | null} */ (null))
  useEffect(() => place.current?.scrollTo(0, 0), [tour.card])
  return html`
    <div class="tour-body" ref=${place} role="group" aria-label="Card" tabindex="0">
      <div role="status">
        <div class="tour-title">
          <h3>${text?.title}</h3>
          ${ended && html`<${RunVerdict} run=${ended} large />`}
        </div>
        <p class="tour-text">
          ${text?.text}
          ${zone.value !== "UTC" && CLOCK_TIME.test(text?.text ?? "") && html`<span class="soft"> (Times are in UTC.)</span>`}
        </p>
      </div>
      ${tour.problem && html`<p class="problem" role="alert">${tour.problem}</p>`}
      ${whole && ended && html`<${Outcome} whole=${whole} ended=${ended} />`}
    </div>
  `
}
