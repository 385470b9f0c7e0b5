// Scenarios: the one that is loaded, step by step; and those to choose from.

import { html } from "htm/preact"
import { useEffect } from "preact/hooks"

import { mark } from "../data/feed.js"
import { Catalogue } from "./catalogue.js"
import { loaded, readLoaded } from "./loaded.js"
import { Run } from "./run.js"

export function Scenario() {
  useEffect(() => {
    readLoaded()
  }, [mark.value])
  return html`
    ${loaded.value && html`<${Run} run=${loaded.value} />`}
    <${Catalogue} />
  `
}
