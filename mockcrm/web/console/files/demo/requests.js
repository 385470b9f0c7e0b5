// Requests as they travel between the CRM and its client: reads to the right, writes to the left.

import { effect, signal } from "@preact/signals"
import { html } from "htm/preact"
import { useEffect } from "preact/hooks"

import { life, requests } from "../data/feed.js"
import { counted } from "../shell/parts.js"

/** @typedef {import("../data/types.js").Entry} Entry */

const MOST = 12
/** The feed tells of several at once: they start one after the other. */
const APART = 60

/** Those under way on the screen. */
const travelling = signal(/** @type {Entry[]} */ ([]))
const still = matchMedia("(prefers-reduced-motion: reduce)")

/** @param {Entry} entry */
const isRead = ({ method }) => method === "GET" || method === "HEAD"

/** @param {Entry} entry Whether it was refused, or its answer did not arrive whole. */
const failed = ({ status, completedAt }) => (status === null ? completedAt !== null : status >= 400)

export function Requests() {
  useEffect(follow, [])
  const reads = requests.value.filter(isRead).length
  const writes = requests.value.length - reads
  return html`
    <div class="tracks">
      <${Track} way="reads" text=${`${counted(reads, "read")} →`} entries=${travelling.value.filter(isRead)} />
      <${Track} way="writes" text=${`← ${counted(writes, "write")}`}
        entries=${travelling.value.filter((each) => !isRead(each))} />
    </div>
  `
}

/** Each request that has come since travels once. @returns {() => void} what ends it */
function follow() {
  let [last, lives] = [requests.peek().at(-1)?.number ?? 0, life.peek()]
  const stop = effect(() => {
    const newest = requests.value.at(-1)?.number ?? 0
    if (life.value === lives && !still.matches && !document.hidden) {
      const come = requests.value.filter((each) => each.number > last)
      if (come.length) travelling.value = [...travelling.peek(), ...come].slice(-MOST)
    }
    last = newest
    lives = life.value
  })
  return () => {
    stop()
    travelling.value = []
  }
}

/** @param {{way: "reads" | "writes", text: string, entries: Entry[]}} props */
function Track({ way, text, entries }) {
  return html`
    <div class=${`track ${way}`}>
      <span>${text}</span>
      <div class="line" aria-hidden="true">
        ${entries.map((entry, index) => html`
          <i
            key=${entry.number} class=${failed(entry) ? "failed" : ""} style=${{ animationDelay: `${index * APART}ms` }}
            onAnimationEnd=${() => arrived(entry)}
          ></i>
        `)}
      </div>
    </div>
  `
}

/** @param {Entry} entry */
function arrived({ number }) {
  travelling.value = travelling.value.filter((each) => each.number !== number)
}
