// The page as a whole: what it follows, and what is shown.

import { html, render } from "htm/preact"

import { follow } from "./data/feed.js"
import { followKnowledge } from "./data/knowledge.js"
import { App } from "./shell/app.js"
import { followNotices } from "./shell/notices.js"

export function start() {
  const place = /** @type {HTMLElement} */ (document.getElementById("app"))
  place.replaceChildren()
  render(html`<${App} />`, place)
  follow()
  followKnowledge()
  followNotices()
}
