// What a person does in the page: it is done, seen at once, and a message says if it was refused.

import { call, Refused, Unreachable } from "./api.js"
import { ask } from "./feed.js"
import { tell } from "../shell/messages.js"

/**
 * Do something through the controls, and show its effect at once. A refusal is shown in a message that stays a while;
 * the answer is null then. `undo`, if given, is offered beside the message `done`.
 *
 * @param {string} method @param {string} path @param {unknown} [body]
 * @param {{done?: string, undo?: () => void, quiet?: boolean, headers?: Record<string, string>}} [options] with
 *   `quiet`, a refusal is thrown to the caller
 */
export async function act(method, path, body, { done, undo, quiet = false, headers } = {}) {
  try {
    const answer = (await call(method, path, body, headers)) ?? {}
    if (done) tell(done, { undo })
    return answer
  } catch (error) {
    if (quiet || !(error instanceof Refused || error instanceof Unreachable)) throw error
    tell(error.message, { wrong: true })
    return null
  } finally {
    ask()
  }
}
