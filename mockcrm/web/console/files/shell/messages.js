// Short messages at the foot of the page, above the time axis, announced politely; one may offer to undo what it tells of.

import { signal } from "@preact/signals"
import { html } from "htm/preact"

/** @typedef {{number: number, text: string, wrong: boolean, undo?: () => void}} Message */

const messages = signal(/** @type {Message[]} */ ([]))
const SECONDS = { said: 8, wrong: 20 }
const MOST_TEXT = 500
let given = 0

/** Say something. What went `wrong` stays longer. @param {string} text @param {{wrong?: boolean, undo?: () => void}} [options] */
export function tell(text, { wrong = false, undo } = {}) {
  const message = { number: (given += 1), text: text.slice(0, MOST_TEXT), wrong, undo }
  messages.value = [...messages.value.filter((each) => each.text !== message.text).slice(-2), message]
  setTimeout(() => dismiss(message.number), (wrong ? SECONDS.wrong : SECONDS.said) * 1000)
}

/** @param {number} number */
function dismiss(number) {
  messages.value = messages.value.filter((each) => each.number !== number)
}

/** Messages stand above the time axis: what an edit does is seen there at that very moment. */
function axisHeight() {
  return document.getElementById("axis-area")?.offsetHeight ?? 0
}

export function Messages() {
  const style = { "--below": `${messages.value.length ? axisHeight() : 0}px` }
  return html`
    <div class="messages" role="status" aria-label="Messages" style=${style}>
      ${messages.value.map(
        ({ number, text, wrong, undo }) => html`
          <div class=${`message ${wrong ? "wrong" : ""}`} key=${number}>
            <span>${text}</span>
            ${undo && html`<button onClick=${() => (dismiss(number), undo())}>Undo</button>`}
            <button class="quiet" aria-label="Dismiss" onClick=${() => dismiss(number)}>×</button>
          </div>
        `,
      )}
    </div>
  `
}
