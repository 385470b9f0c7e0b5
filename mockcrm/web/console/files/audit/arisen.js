// Says politely, to who listens to the page, which findings arise.

import { effect, signal } from "@preact/signals"
import { html } from "htm/preact"

import { findings, life, mark } from "../data/feed.js"
import { counted } from "../shell/parts.js"

const said = signal("")
let known = { life: -1, newest: 0 }

effect(() => {
  if (mark.value === null) return
  const newest = [...findings.value.keys()].reduce((most, each) => Math.max(most, each), 0)
  // What was there when the page came, or before a reset, is no news.
  if (known.life === life.value && newest > known.newest) said.value = sentence(known.newest)
  known = { life: life.value, newest }
})

/** @param {number} before */
function sentence(before) {
  const news = [...findings.value.values()].filter(({ number }) => number > before)
  return news.length === 1 ? `New ${news[0].severity}: ${news[0].title}` : counted(news.length, "new finding")
}

export function Arisen() {
  return html`<p class="visually-hidden" role="status">${said.value}</p>`
}
