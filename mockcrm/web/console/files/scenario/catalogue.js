// The scenarios to choose from, by group; one opened has its story, and can be loaded.

import { signal } from "@preact/signals"
import { html } from "htm/preact"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"

import { address, go, hashFor, selected } from "../data/address.js"
import { call } from "../data/api.js"
import { mark } from "../data/feed.js"
import { following } from "../shell/following.js"
import { counted } from "../shell/parts.js"
import { loaded } from "./loaded.js"
import { LoadDialog } from "./loading.js"
import { Story } from "./story.js"

/** @typedef {import("../data/types.js").Schemas["Title"]} Title */
/** @typedef {import("../data/types.js").Schemas["ScenarioFile"]} File */

/** The shipped scenarios; they are the same as long as the server runs. */
const titles = signal(/** @type {Title[]} */ ([]))
/** Their files, as far as they were opened. */
const files = signal(/** @type {Map<string, File>} */ (new Map()))

async function readTitles() {
  if (titles.peek().length) return
  try {
    titles.value = (await call("GET", "/admin/scenarios")).scenarios
  } catch {
    // `access` says what is wrong; it is tried again when there is news.
  }
}

/** @param {string} name */
async function readFile(name) {
  if (files.peek().has(name)) return
  try {
    const file = await call("GET", `/admin/scenarios/${encodeURIComponent(name)}`)
    files.value = new Map([...files.value, [name, file]])
  } catch {
    // As above.
  }
}

/** @param {Title} title */
function fits({ name, title, group }) {
  const wanted = address.value.filter.toLowerCase()
  return [name, title, group ?? ""].some((text) => text.toLowerCase().includes(wanted))
}

export function Catalogue() {
  useEffect(() => {
    readTitles()
  }, [mark.value])
  const chosen = selected()
  const open = chosen?.kind === "scenario" ? chosen.id : ""
  const groups = Map.groupBy(titles.value.filter((each) => fits(each) || each.name === open), ({ group }) => group)
  // The hazards come first; the others are mere start states.
  const ordered = [...groups].sort(([one], [other]) => Number(one === null) - Number(other === null))
  /** @param {InputEvent} event */
  const write = (event) => go({ filter: /** @type {HTMLInputElement} */ (event.target).value }, { replace: true })
  return html`
    <section class="catalogue" aria-labelledby="catalogue">
      <h3 id="catalogue">${loaded.value?.steps.length ? "Other scenarios" : "Play a scenario"}</h3>
      <p class="lead">
        Each is a story in which delta sync goes wrong. Load one, let your client sync whenever it is asked to, and see
        at the end whether it withstood it.
      </p>
      <input
        type="search" aria-label="Find a scenario" placeholder="Find one by name, title or group"
        value=${address.value.filter} onInput=${write}
      />
      ${titles.value.length === 0 && html`<p class="lead">Reading the list …</p>`}
      ${titles.value.length > 0 && groups.size === 0 && html`<p>No scenario matches the filter.</p>`}
      ${ordered.map(
        ([group, several]) => html`
          <section key=${group} aria-label=${group ?? "Start states"}>
            <h4>${group ?? "Start states"}</h4>
            <ul>
              ${several.map((each) => html`<${Row} key=${each.name} title=${each} open=${each.name === open} />`)}
            </ul>
          </section>`,
      )}
    </section>
  `
}

/** @param {{title: Title, open: boolean}} props */
function Row({ title: { name, title, syncs }, open }) {
  const place = useRef(/** @type {HTMLLIElement | null} */ (null))
  useLayoutEffect(() => {
    if (open) place.current?.scrollIntoView({ block: "nearest" })
  }, [open, files.value.has(name)])
  const to = { open: open ? "" : `scenario:${name}`, panel: "scenario" }
  return html`
    <li class=${open ? "open" : ""} ref=${place}>
      <a class="opens" data-row href=${hashFor(to)} aria-expanded=${open} onClick=${following(to)}>
        <span class="title">${title}</span>
        <span class="name">${name}${syncs > 0 && ` · ${counted(syncs, "sync")}`}</span>
      </a>
      ${open && html`<${Opened} name=${name} />`}
    </li>
  `
}

/** @param {{name: string}} props */
function Opened({ name }) {
  const [asks, setAsks] = useState(false)
  useEffect(() => {
    readFile(name)
  }, [name])
  const file = files.value.get(name)
  if (!file) return html`<p class="opened">Reading …</p>`
  return html`
    <div class="opened">
      <${Story} story=${{ ...file.story }} />
      <button class="primary" onClick=${() => setAsks(true)}>Load …</button>
      ${asks && html`<${LoadDialog} name=${name} onClose=${() => setAsks(false)} />`}
    </div>
  `
}
