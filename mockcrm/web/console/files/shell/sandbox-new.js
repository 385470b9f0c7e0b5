// A form for a new sandbox: empty, with invented events, from a scenario, or as a fork of this one.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { hashFor, hashOfView } from "../data/address.js"
import { call, pageOf, SANDBOX } from "../data/api.js"
import { Dialog, DialogForm } from "./dialogs.js"

const MOST_NAME = 64
const MOST_EVENTS = 1_000_000
const USUAL_EVENTS = 150
const RULE = "Up to 64 letters, digits and . _ - ~, with a letter or digit at first."

/** @param {{fork: boolean, onClose: () => void}} props */
export function NewSandbox({ fork, onClose }) {
  const [start, setStart] = useState(fork ? "fork" : "seeded")
  /** @param {FormData} form */
  const create = async (form) => {
    const name = String(form.get("name"))
    await call("PUT", `/admin/sandboxes/${encodeURIComponent(name)}`, startOf(start, form))
    location.assign(pageOf(name, start === "fork" ? hashFor({}) : hashOfView()))
  }
  return html`
    <${Dialog} title=${fork ? `Fork ${SANDBOX}` : "New sandbox"} onClose=${onClose} class="sandbox-form">
      <p>${fork
        ? "A copy of this CRM as it is now: events, change log, clock, dialect and fault rules. What happens in one does not reach the other."
        : "A CRM of its own, with its own events, clock, dialect and clients."}</p>
      <${DialogForm} verb=${fork ? "Fork" : "Create"} does=${create}>
        <${SandboxName} usual=${fork ? nextFork() : ""} />
        ${!fork && html`<${Starts} start=${start} choose=${setStart} />`}
      <//>
    <//>
  `
}

/** A name that leads a proxy to the node of this sandbox: the number behind `~` is one more than here. */
function nextFork() {
  const [origin, number] = SANDBOX.split("~")
  return `${origin}~${(Number(number) || 0) + 1}`
}

/** The field for the name of a new sandbox. @param {{usual: string}} props */
export function SandboxName({ usual }) {
  return html`
    <label>Name
      <input
        name="name" required maxlength=${MOST_NAME} pattern="[A-Za-z0-9][A-Za-z0-9._~\\-]*" title=${RULE} autofocus
        autocomplete="off" spellcheck=${false} defaultValue=${usual.slice(-MOST_NAME)}
      />
    </label>
  `
}

/** @param {string} start @param {FormData} form */
function startOf(start, form) {
  if (start === "fork") return { from: SANDBOX }
  if (start === "seeded") return { count: Number(form.get("count")) }
  return start === "scenario" ? { scenario: String(form.get("scenario")) } : {}
}

/** @param {{start: string, choose: (start: string) => void}} props */
function Starts({ start, choose }) {
  const option = (/** @type {string} */ value, /** @type {string} */ title) => html`
    <label class="choice">
      <input type="radio" name="start" value=${value} checked=${start === value} onChange=${() => choose(value)} /> ${title}
    </label>
  `
  return html`
    <fieldset>
      <legend>It starts</legend>
      ${option("seeded", "with invented events around today")}
      ${start === "seeded" && html`
        <label class="of-choice">Events
          <input type="number" name="count" min="1" max=${MOST_EVENTS} defaultValue=${USUAL_EVENTS} required />
        </label>`}
      ${option("scenario", "as a scenario does")}
      ${start === "scenario" && html`<${ScenarioChoice} />`}
      ${option("empty", "empty")}
    </fieldset>
  `
}

function ScenarioChoice() {
  const [all, setAll] = useState(/** @type {{name: string, title: string}[]} */ ([]))
  useEffect(() => {
    call("GET", "/admin/scenarios").then(({ scenarios }) => setAll(scenarios), () => {})
  }, [])
  return html`
    <label class="of-choice">Scenario
      <select name="scenario" required>
        ${all.map(({ name, title }) => html`<option key=${name} value=${name}>${title}</option>`)}
      </select>
    </label>
  `
}
