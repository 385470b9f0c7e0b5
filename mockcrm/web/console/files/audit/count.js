// How many findings fail a client, beside the name of the panel.

import { computed } from "@preact/signals"
import { html } from "htm/preact"

import { findings } from "../data/feed.js"

const failing = computed(() => [...findings.value.values()].filter(({ severity }) => severity !== "note").length)

export function FailingCount() {
  if (failing.value === 0) return null
  return html`
    <span class="count" title="Errors and warnings">${failing.value.toLocaleString("en")}</span>`
}
