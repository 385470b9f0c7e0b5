// The page as a whole: what it follows, and what is shown.

import { html, render } from "htm/preact"

import { followDemo } from "./data/demo.js"
import { follow } from "./data/feed.js"
import { followKnowledge } from "./data/knowledge.js"
import { followTour } from "./data/tour.js"
import { followLeader } from "./demo/in-step.js"
import { App } from "./shell/app.js"
import { followNotices } from "./shell/notices.js"
import { followStory } from "./tours/steering.js"

export function start() {
  const place = /** @type {HTMLElement} */ (document.getElementById("app"))
  place.replaceChildren()
  render(html`<${App} />`, place)
  follow()
  followDemo()
  followTour()
  followStory()
  followKnowledge()
  followLeader()
  followNotices()
}
