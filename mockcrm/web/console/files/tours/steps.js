// The steps of a tour: a dot for each card, and the buttons.

import { html } from "htm/preact"

import { wholeTour } from "../data/tour.js"
import { endTour, goToCard, play, replay } from "./steering.js"

/** @typedef {import("../data/tour.js").Tour} Tour */

/** @param {{tour: Tour}} props */
export function Dots({ tour: { card, cards } }) {
  const texts = wholeTour.value?.texts ?? []
  return html`
    <ol class="tour-dots" aria-label="Cards">
      ${Array.from({ length: cards }, (_, index) => index + 1).map((number) => {
        const text = texts[number - 1]
        const name = `Card ${number} of ${cards}${text ? `: ${text.title}` : ""}`
        return html`
          <li key=${number} class=${text?.run ?? "both"}>
            <button
              aria-label=${name} title=${name} aria-current=${number === card ? "step" : undefined}
              onClick=${() => goToCard(number)}
            ></button>
          </li>
        `
      })}
    </ol>
  `
}

/** @param {{tour: Tour}} props */
export function Steps({ tour }) {
  const { card, cards, playing } = tour
  return html`
    <div class="tour-steps" role="group" aria-label="Tour">
      <button aria-disabled=${card === 1} onClick=${() => goToCard(card - 1)}>Back</button>
      <button class="primary" aria-disabled=${card === cards} onClick=${() => goToCard(card + 1)}>Next</button>
      <button title="Play this tour from its first card" onClick=${replay}>Replay</button>
      <button aria-disabled=${card === cards} onClick=${() => card < cards && play(!playing)}>
        ${playing ? "Pause" : "Play"}
      </button>
      <button onClick=${end}>End</button>
    </div>
  `
}

async function end() {
  await endTour()
  document.getElementById("to-tours")?.focus()
}
