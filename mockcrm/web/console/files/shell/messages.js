// Short messages at the edge of the page, announced politely; one may offer to undo what it tells of.

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

export function Messages() {
  return html`
    <div class="messages" role="status" aria-label="Messages">
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
