// Answers that never change while the server runs: read once, when they are first needed.

import { signal } from "@preact/signals"

import { call } from "./api.js"

/** @type {Map<string, import("@preact/signals").Signal<any>>} */
const answers = new Map()

/** The answer of `GET path`; null until it is there, and while it cannot be read. @param {string} path */
export function readOnce(path) {
  const known = answers.get(path)
  if (known) return known
  const answer = signal(null)
  answers.set(path, answer)
  read(path, answer)
  return answer
}

/** @param {string} path @param {import("@preact/signals").Signal<any>} answer */
async function read(path, answer) {
  try {
    answer.value = await call("GET", path)
  } catch {
    // `access` says why; what needs it next tries again.
    answers.delete(path)
  }
}
