// On a phone the axis is a list: what happened, the newest first.

import { useSignal } from "@preact/signals"
import { html } from "htm/preact"

import { toThing } from "../data/address.js"
import { Link } from "../shell/parts.js"
import { shapeOf } from "./figures.js"
import { hasFailed } from "./marks.js"
import { missed } from "./missed.js"
import { selectedKeys, story } from "./scene.js"
import { changeSentence, hasFault, requestSentence, whenText } from "./sentences.js"
import { Glyph } from "./shapes.js"

const ROWS = 40

/** @typedef {import("./story.js").Thing} Thing */

export function List() {
  const rows = useSignal(ROWS)
  const { changes, lost, lanes } = story.value
  const things = /** @type {Thing[]} */ ([...lost, ...changes, ...lanes.flatMap((each) => each.things)])
  things.reverse().sort((one, other) => other.at - one.at)
  return html`
    <ol class="axis-list" aria-label="What happened, the newest first">
      ${things.slice(0, rows.value).map((each) => html`<${Row} key=${each.key} thing=${each} />`)}
    </ol>
    ${things.length > rows.value &&
    html`<button class="axis-more" onClick=${() => (rows.value += ROWS)}>Show earlier ones</button>`}
  `
}

/** @param {{thing: Thing}} props */
function Row({ thing }) {
  const isChange = thing.kind === "change"
  const passed = isChange && (thing.earlier || missed.value.has(thing.row.seq))
  const failed = !isChange && hasFailed(thing)
  const sentence = isChange ? changeSentence(thing) : requestSentence(thing, { timed: false })
  const to = isChange ? toThing("change", thing.row.seq) : toThing("request", thing.pages[0].number)
  return html`
    <li class=${passed ? "missed" : ""} aria-current=${selectedKeys.value.has(thing.key) ? "true" : undefined}>
      <${Glyph}
        shape=${shapeOf(thing)} tone=${passed ? "missed" : failed ? "failed" : ""} failed=${failed}
        hollow=${isChange && thing.row.origin === "client"} fault=${!isChange && hasFault(thing)}
      />
      <time datetime=${new Date(Math.floor(thing.at)).toISOString()}>${whenText(Math.floor(thing.at))}</time>
      ${thing.earlier ? html`<span>${sentence}</span>` : html`<${Link} to=${to}>${sentence}<//>`}
    </li>
  `
}
