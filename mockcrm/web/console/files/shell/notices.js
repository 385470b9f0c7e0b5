// Says what happened to the sandbox as a whole: it began anew, or its server is back.

import { effect, untracked } from "@preact/signals"

import { go } from "../data/address.js"
import { access } from "../data/api.js"
import { ask, life, livesEnded } from "../data/feed.js"
import { tourName } from "../data/tour.js"
import { tell } from "./messages.js"

const ANEW = "This sandbox has started again: it was reset, or its server was restarted. The page shows its new state."

/** Whether this page itself had the sandbox begin anew. */
let expected = false

/** Let the sandbox begin anew by `does`, and then say `done`, if anything. @param {string} done @param {() => Promise<unknown>} does */
export async function beginAnew(done, does) {
  expected = true
  try {
    await does()
    await ask()
    if (done) tell(done)
  } catch (error) {
    expected = false
    throw error
  }
}

/** Begin to say it. */
export function followNotices() {
  let [lives, ended, state] = [life.peek(), livesEnded.peek(), access.peek().state]
  effect(() => {
    const [now, another] = [access.value.state, livesEnded.value !== ended]
    if (life.value !== lives) untracked(() => noteNewLife(another))
    else if (state === "lost" && now === "open") untracked(() => tell("The server answers again."))
    lives = life.value
    ended = livesEnded.value
    state = now
  })
}

/** @param {boolean} another Whether it took the place of another that the page has shown. */
function noteNewLife(another) {
  // Each run of a tour begins anew.
  if (another && !expected && tourName.peek() === "") tell(ANEW)
  if (another || expected) go({ open: "" }, { replace: true })
  expected = false
}
