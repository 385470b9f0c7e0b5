// The clients that have come: who they are, how often each asked, and what it asked last.

import { computed } from "@preact/signals"
import { html } from "htm/preact"

import { toThing } from "../data/address.js"
import { audit, requests } from "../data/feed.js"
import { cut } from "../data/text.js"
import { timeText } from "../data/time.js"
import { Link } from "../shell/parts.js"

const MOST_NAME = 80
const MOST_PATH = 60

/** @typedef {import("../data/types.js").Entry} Entry */

/** Each client, with how often it asked and its last request that is known; the one that came last is first. */
const visitors = computed(() => {
  /** @type {Map<string, Entry>} */
  const last = new Map(requests.value.map((each) => [each.client, each]))
  const judged = (audit.value?.clients ?? []).map(({ client, names, stats }) => {
    const entries = [client, ...names].flatMap((name) => last.get(name) ?? [])
    for (const name of names) last.delete(name)
    last.delete(client)
    return { name: client, count: stats.requests, entry: entries.sort((one, other) => other.number - one.number)[0] }
  })
  const others = [...last.values()].map((entry) => ({ name: entry.client, count: countOf(entry.client), entry }))
  return [...judged, ...others].sort((one, other) => (other.entry?.number ?? 0) - (one.entry?.number ?? 0))
})

/** @param {string} client */
function countOf(client) {
  return requests.value.filter((each) => each.client === client).length
}

export function Clients() {
  if (visitors.value.length === 0) return null
  return html`
    <section>
      <h2>Clients</h2>
      <table class="clients">
        <thead><tr><th>Client</th><th class="asked">Requests</th><th>Last request</th></tr></thead>
        <tbody>
          ${visitors.value.map(({ name, count, entry }) => html`
            <tr key=${name} data-row tabindex="-1">
              <td title=${name.slice(0, 1000)}><bdi>${cut(name, MOST_NAME)}</bdi></td>
              <td class="asked">${count.toLocaleString("en")}</td>
              <td>${entry && html`<${Last} entry=${entry} />`}</td>
            </tr>`)}
        </tbody>
      </table>
    </section>
  `
}

/** @param {{entry: Entry}} props */
function Last({ entry }) {
  return html`
    <${Link} to=${toThing("request", entry.number)}>
      <code><bdi>${cut(`${entry.method} ${entry.path}`, MOST_PATH)}</bdi></code>
    <//> <span class="soft">${entry.status ?? "under way"} at ${timeText(entry.arrivedAt)}</span>
  `
}
