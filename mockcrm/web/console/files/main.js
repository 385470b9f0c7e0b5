// The page as a whole: what it follows, and what is shown.

import { html, render } from "htm/preact"

import { followDemo } from "./data/demo.js"
import { follow } from "./data/feed.js"
import { followKnowledge } from "./data/knowledge.js"
import { followLeader } from "./demo/in-step.js"
import { App } from "./shell/app.js"
import { FRAMED } from "./shell/layout.js"
import { followNotices } from "./shell/notices.js"

export function start() {
  const place = /** @type {HTMLElement} */ (document.getElementById("app"))
  place.replaceChildren()
  render(html`<${App} />`, place)
  follow()
  followDemo()
  followKnowledge()
  followLeader()
  // The page around a frame says it for both.
  if (!FRAMED) followNotices()
}
