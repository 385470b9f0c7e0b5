// Says what happened to the sandbox as a whole: it began anew, or its server is back.

import { effect, untracked } from "@preact/signals"

import { go } from "../data/address.js"
import { access } from "../data/api.js"
import { demoRuns, readDemo } from "../data/demo.js"
import { ask, life, livesEnded } from "../data/feed.js"
import { tourName } from "../data/tour.js"
import { FRAMED } from "./layout.js"
import { tell } from "./messages.js"

const ANEW = "This sandbox has started again: it was reset, or its server was restarted. The page shows its new state."

/** Whether this page itself had the sandbox begin anew. */
let expected = false
/** Whether a tour has played in the present life of the sandbox. */
let toured = false

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
    else if (state === "lost" && now === "open") untracked(() => say("The server answers again."))
    lives = life.value
    ended = livesEnded.value
    state = now
  })
  effect(() => {
    if (tourName.value !== "") toured = true
  })
}

/** @param {boolean} another Whether it took the place of another that the page has shown. */
async function noteNewLife(another) {
  const mine = expected
  expected = false
  if (another || mine) go({ open: "" }, { replace: true })
  // Each run of a tour begins anew, and the demo does after it. The feed may be ahead of what is known of the demo.
  if (demoRuns.peek()) await readDemo()
  if (tourName.peek() !== "") return
  if (another && !mine && !toured) say(ANEW)
  toured = false
}

/** Say it, unless a page around this one says it for both. @param {string} text */
function say(text) {
  if (!FRAMED) tell(text)
}
