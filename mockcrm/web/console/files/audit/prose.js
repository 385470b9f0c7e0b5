// Sentences of the audit: what they name can be opened, and their instants are in the zone that is chosen.

import { computed } from "@preact/signals"
import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { toThing } from "../data/address.js"
import { dateText, dateTimeText, dayOf, now, preciseTimeText, zone } from "../data/time.js"
import { AT_FIRST, ShowAll } from "../shell/long-text.js"
import { Link } from "../shell/parts.js"

/** A name in quotes, a thing with its number, or an instant; but not one that a query of a request has. */
const PIECES =
  /“[^”]*”|\b(request|change|event) (\d{1,19})\b|(?<![=\d])\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z/gi

/** @param {{text: string}} props */
export function Prose({ text }) {
  const [whole, setWhole] = useState(false)
  if (text.length <= AT_FIRST || whole) return html`${pieces(text)}`
  return html`
    ${pieces(text.slice(0, AT_FIRST))} …
    <${ShowAll} length=${text.length} onShow=${() => setWhole(true)} />
  `
}

/** @param {string} text */
function pieces(text) {
  const found = []
  let from = 0
  for (const match of text.matchAll(PIECES)) {
    found.push(text.slice(from, match.index), piece(match))
    from = match.index + match[0].length
  }
  return [...found, text.slice(from)]
}

/** @param {RegExpExecArray} match */
function piece([text, kind, id]) {
  // A name may change the direction of writing; that ends with it.
  if (text.startsWith("“")) return html`<bdi>${text}</bdi>`
  if (kind) return html`<${Link} to=${toThing(kind.toLowerCase(), id)}>${text}<//>`
  return html`<${Instant} at=${text} />`
}

/**
 * A line in which names in quotes keep their direction of writing to themselves; nothing in it can be opened.
 *
 * @param {{text: string}} props
 */
export function Line({ text }) {
  return html`${text.split(/(“[^”]*”)/).map((each, place) => (place % 2 ? html`<bdi>${each}</bdi>` : each))}`
}

const today = computed(() => (now.value === null ? "" : dayOf(now.value)))

/** An instant; its day stands before it unless it is the sandbox's today. @param {{at: string}} props */
export function Instant({ at }) {
  const day = dayOf(at) === today.value ? "" : `${dateText(at)} `
  return html`<time datetime=${at} title=${`${dateTimeText(at)}, ${zone.value}`}>${day}${preciseTimeText(at)}</time>`
}
