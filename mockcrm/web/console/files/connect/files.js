// Files to take away: a bundle, a snapshot, a fixture. And a file to put in.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { fetchFile, SANDBOX } from "../data/api.js"
import { tell } from "../shell/messages.js"
import { fixtureText } from "./fixture.js"
import { PutIn } from "./put-in.js"

const FILES = [
  {
    title: "Bundle", name: "bundle.json", make: () => fetchFile("/admin/replay"),
    what: "Everything that has happened since the start, and the verdict. mockcrm replay plays it again.",
  },
  {
    title: "Snapshot", name: "snapshot.json", make: () => fetchFile("/admin/snapshot"),
    what: "The whole state, without the requests. It can be put in again, here or in another sandbox.",
  },
  {
    title: "Fixture", name: "fixture.yaml", make: async () => new Blob([await fixtureText()], { type: "application/yaml" }),
    what: "The events as they are now, with clock and dialect: a start for tests. mockcrm serve --load reads it.",
  },
]

export function Files() {
  const [chosen, choose] = useState(/** @type {File | null} */ (null))
  /** @param {Event} event */
  const given = (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target)
    choose(field.files?.[0] ?? null)
    field.value = ""
  }
  return html`
    <section>
      <h2>Files</h2>
      <dl class="files">
        ${FILES.map((each) => html`<${Take} key=${each.title} ...${each} />`)}
        <dt><label class="button">Put in …<input class="visually-hidden" type="file" accept=".json,.yaml,.yml" onChange=${given} /></label></dt>
        <dd>Start this sandbox again from a snapshot, or from a fixture that this page made.</dd>
      </dl>
      <p>All calls: <a href="docs">try them</a>, or read <a href="openapi.json">openapi.json</a>.</p>
    </section>
    ${chosen && html`<${PutIn} file=${chosen} onClose=${() => choose(null)} />`}
  `
}

/** @param {{title: string, name: string, what: string, make: () => Promise<Blob>}} props */
function Take({ title, name, what, make }) {
  const [busy, setBusy] = useState(false)
  const take = async () => {
    if (busy) return
    setBusy(true)
    try {
      offer(await make(), `${SANDBOX}-${name}`)
    } catch (error) {
      tell(/** @type {Error} */ (error).message, { wrong: true })
    }
    setBusy(false)
  }
  return html`<dt><button onClick=${take} aria-disabled=${busy}>${title}</button></dt><dd>${what}</dd>`
}

/** Have the browser save a file. @param {Blob} file @param {string} name */
function offer(file, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
