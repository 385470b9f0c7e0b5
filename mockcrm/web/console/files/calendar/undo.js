// What was done here last, and how to take it back: by the message that tells of it, or by Ctrl+Z.

import { effect } from "@preact/signals"

import { life } from "../data/feed.js"
import { tell } from "../shell/messages.js"

const MOST = 50

/** @type {(() => void)[]} */
let steps = []

effect(() => {
  void life.value
  steps = []
})

/** Tell what was done, and offer to take it back. @param {string} text @param {() => void} back */
export function tellUndoable(text, back) {
  const step = () => {
    if (!steps.includes(step)) return
    steps = steps.filter((each) => each !== step)
    back()
  }
  steps = [...steps.slice(1 - MOST), step]
  tell(text, { undo: step })
}

document.addEventListener("keydown", (event) => {
  const typing = /** @type {HTMLElement} */ (event.target).closest("input, textarea, select, dialog")
  const wanted = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "z"
  if (!wanted || typing || !steps.length) return
  event.preventDefault()
  steps[steps.length - 1]()
})
