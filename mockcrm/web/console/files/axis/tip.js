// The sentence of the mark that pointer or keyboard is at, beside it.

import { html } from "htm/preact"

import { middle } from "./marks.js"
import { isDivisible } from "./open.js"
import { hovered, magnification } from "./scene.js"
import { markSentence } from "./sentences.js"
import { focused } from "./keyboard.js"

const WIDTH = 360
const EDGE = 8

/** A screen reader has the same from the list. @param {{plot: {current: HTMLElement | null}}} props */
export function Tip({ plot }) {
  const mark = hovered.value ?? focused()
  if (!mark || !plot.current) return null
  const { left, top } = plot.current.getBoundingClientRect()
  const scale = magnification.value
  const wide = WIDTH * scale
  const x = Math.min(Math.max(left + middle(mark) * scale - wide / 2, EDGE), innerWidth - wide - EDGE)
  const bottom = innerHeight - (top + (mark.y - 16) * scale)
  const more = isDivisible(mark) ? "takes them apart." : "opens one after the other."
  const style = { left: `${x}px`, bottom: `${bottom}px`, width: `${wide}px` }
  return html`
    <div class=${`axis-tip ${mark.tone}`} aria-hidden="true" style=${style}>
      ${markSentence(mark)} ${mark.things.length > 1 && html`<em>Click or Enter ${more}</em>`}
    </div>
  `
}
