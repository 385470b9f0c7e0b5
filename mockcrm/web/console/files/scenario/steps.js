// The steps of the loaded scenario: those done, the next, those to come, and what is expected at the end.

import { html } from "htm/preact"

import { expectationWords, stepWords } from "./words.js"

const MOST_SHOWN = 100

/** @typedef {"done" | "next" | "to come"} State */

/** @param {{run: import("./loaded.js").Run}} props */
export function Steps({ run }) {
  const waits = !run.done && run.steps[run.place - 1] === "sync"
  /** The place of the step that is next, or that is awaited. */
  const at = waits ? run.place - 1 : run.place
  const from = Math.max(0, Math.min(at - MOST_SHOWN / 2, run.steps.length - MOST_SHOWN))
  const shown = run.steps.slice(from, from + MOST_SHOWN)
  const left = run.steps.length - from - shown.length
  return html`
    <div>
      <h4>Steps</h4>
      <ol class="steps">
        ${from > 0 && html`<li class="left-out">${from} before</li>`}
        ${shown.map((step, place) => {
          const state = from + place < at ? "done" : from + place === at && !run.done ? "next" : "to come"
          return html`<${Step} key=${from + place} step=${step} state=${state} sync=${syncNumber(run, from + place)} />`
        })}
        ${left > 0 && html`<li class="left-out">${left} more</li>`}
      </ol>
    </div>
    <div>
      <h4>Expected at the end</h4>
      <${Expected} expected=${expectationWords(run.expect)} />
    </div>
  `
}

/** @param {{expected: string[]}} props */
function Expected({ expected }) {
  const left = expected.length - MOST_SHOWN
  return html`
    <ul class="expected">
      ${expected.slice(0, MOST_SHOWN).map((each) => html`<li key=${each}>${each}</li>`)}
      ${left > 0 && html`<li class="left-out">${left} more</li>`}
    </ul>
  `
}

/**
 * The number of the sync at a place, and whether a request came at it.
 *
 * @param {import("./loaded.js").Run} run @param {number} place
 */
function syncNumber({ steps, asked }, place) {
  const number = steps.slice(0, place + 1).filter((step) => step === "sync").length
  return { number, came: asked[number - 1] }
}

const SIGNS = { done: "✓", next: "▸", "to come": "·" }

/** @param {{step: unknown, state: State, sync: {number: number, came?: boolean}}} props */
function Step({ step, state, sync: { number, came } }) {
  const isSync = step === "sync"
  const className = `step ${state.replace(" ", "-")} ${isSync ? "sync" : ""}`
  const missed = isSync && state === "done" && came === false
  return html`
    <li class=${className} aria-current=${state === "next" ? "step" : undefined}>
      <span class="sign" aria-hidden="true">${missed ? "?" : SIGNS[state]}</span>
      <span>
        <span class="visually-hidden">${state}: </span>
        ${stepWords(step)}${isSync && ` (sync ${number})`}${missed && ": no request came"}
      </span>
    </li>
  `
}
