// Before a scenario is loaded: what it replaces here, or a new sandbox for it.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { act } from "../data/actions.js"
import { go } from "../data/address.js"
import { call, pageOf, SANDBOX } from "../data/api.js"
import { Dialog } from "../shell/dialogs.js"
import { load } from "./loaded.js"

const MOST_NAME = 58

/** @param {{name: string, onClose: () => void}} props */
export function LoadDialog({ name, onClose }) {
  const [busy, setBusy] = useState(false)
  /** @param {() => Promise<unknown>} does */
  const once = (does) => async () => {
    if (busy) return
    setBusy(true)
    await does()
    onClose()
  }
  return html`
    <${Dialog} title=${`Load ${name}`} onClose=${onClose}>
      <p>
        In this sandbox, <b>${SANDBOX}</b>, it replaces everything: events, change log, clock, dialect, faults,
        requests and findings. That cannot be undone.
      </p>
      <p>In a new sandbox nothing is lost. Your client needs that sandbox's address then.</p>
      <form method="dialog" class="buttons">
        <button type="button" class="primary" aria-disabled=${busy} onClick=${once(() => inNewSandbox(name))}>
          In a new sandbox
        </button>
        <button type="button" class="danger" aria-disabled=${busy} onClick=${once(() => here(name))}>
          In this sandbox
        </button>
        <button>Cancel</button>
      </form>
    <//>
  `
}

/** @param {string} name */
async function here(name) {
  if (!(await load(name))) return
  go({ panel: "scenario", open: "", filter: "" })
  document.getElementById("panel")?.scrollTo({ top: 0 })
}

/** @param {string} scenario */
async function inNewSandbox(scenario) {
  const made = await act("PUT", `/admin/sandboxes/${await freeName(scenario)}`, { scenario })
  if (made) location.assign(pageOf(made.name, "#panel=scenario"))
}

/** A name that no sandbox has: that of the scenario, with a number if need be. @param {string} scenario */
async function freeName(scenario) {
  const { sandboxes } = await call("GET", "/admin/sandboxes")
  const taken = new Set(sandboxes.map((/** @type {{name: string}} */ each) => each.name))
  const name = scenario.slice(0, MOST_NAME)
  for (let number = 1; ; number += 1) {
    const tried = number === 1 ? name : `${name}-${number}`
    if (!taken.has(tried)) return tried
  }
}
