// Files to take away: a bundle, an HTTP archive, a snapshot, a fixture. And a file to put in.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { fetchFile } from "../data/api.js"
import { fetchBundle } from "../data/bundle.js"
import { Take } from "../shell/take.js"
import { fixtureText } from "./fixture.js"
import { PutIn } from "./put-in.js"

const FILES = [
  {
    title: "Bundle", name: "bundle.json", make: fetchBundle,
    what: "Everything that has happened since the start, and the verdict. This page opens it, and mockcrm replay plays it again.",
  },
  {
    title: "HAR", name: "requests.har", make: () => fetchFile("/admin/requests/har"),
    what: "The requests, for tools that show HTTP traffic. It has the bodies of answers where the server keeps them.",
  },
  {
    title: "Snapshot", name: "snapshot.json", make: () => fetchFile("/admin/snapshot"),
    what: "The whole state, without the requests. It can be put in again, here or in another sandbox.",
  },
  {
    title: "Fixture", name: "fixture.yaml", make: async () => new Blob([await fixtureText()], { type: "application/yaml" }),
    what: "The records as they are now, with clock and dialect: a start for tests. mockcrm serve --load reads it.",
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
        ${FILES.map(({ what, ...each }) => html`<dt key=${each.title}><${Take} ...${each} /></dt><dd>${what}</dd>`)}
        <dt><label class="button">Put in …<input class="visually-hidden" type="file" accept=".json,.yaml,.yml" onChange=${given} /></label></dt>
        <dd>
          A bundle opens in a sandbox of its own, where it has been replayed. From a snapshot, or a fixture in YAML or JSON,
          this sandbox starts again.
        </dd>
      </dl>
      <p>All calls: <a href="docs">try them</a>, or read <a href="openapi.json">openapi.json</a>.</p>
    </section>
    ${chosen && html`<${PutIn} file=${chosen} onClose=${() => choose(null)} />`}
  `
}
