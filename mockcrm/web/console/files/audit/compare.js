// A client's replica, pasted or from a file, held against the CRM.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { Refused, Unreachable, call } from "../data/api.js"
import { parseJson } from "../data/json.js"
import { clients } from "../data/knowledge.js"
import { counted, Verdict } from "../shell/parts.js"
import { Details } from "./finding.js"
import { Line } from "./prose.js"

/** @typedef {import("../data/types.js").Schemas["Audit"]} Compared */

const MOST_SHOWN = 50
const EXAMPLE = '[{"id": "1001", "subject": "Kickoff"}]'

export function Compare() {
  const [compared, setCompared] = useState(/** @type {Compared | null} */ (null))
  const [wrong, setWrong] = useState("")
  /** @param {SubmitEvent} event */
  const compare = async (event) => {
    event.preventDefault()
    setWrong("")
    setCompared(null)
    try {
      setCompared(await call("POST", "/admin/audit", await replicaIn(/** @type {HTMLFormElement} */ (event.target))))
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable || error instanceof SyntaxError)) throw error
      setWrong(error instanceof SyntaxError ? `This is not JSON: ${error.message}` : error.message)
    }
  }
  return html`
    <details class="compare">
      <summary>Compare a client's replica with the CRM</summary>
      <p>
        A replica is the client's own copy: a list of the events that it has, as JSON. Only the fields that a record has
        are compared.
      </p>
      <form onSubmit=${compare}>
        ${clients.value.length > 1 && html`<${ClientChoice} />`}
        <label>
          Replica
          <textarea name="text" rows="4" spellcheck=${false} placeholder=${EXAMPLE}></textarea>
        </label>
        <label>or a file <input type="file" name="file" accept=".json,application/json" /></label>
        <button>Compare</button>
      </form>
      <div role="status">
        ${wrong && html`<p class="wrong">${wrong.slice(0, 2000)}</p>`}
        ${compared && html`<${Outcome} compared=${compared} />`}
      </div>
    </details>
  `
}

function ClientChoice() {
  return html`
    <label>Client
      <select name="client">
        ${clients.value.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
      </select>
    </label>
  `
}

/** What the form has, as the call takes it: a list alone is a replica. @param {HTMLFormElement} form */
async function replicaIn(form) {
  const given = new FormData(form)
  const file = /** @type {File} */ (given.get("file"))
  const read = parseJson(file.size ? await file.text() : String(given.get("text")))
  const client = given.get("client")
  return Array.isArray(read) ? { replica: read, ...(client ? { client } : {}) } : read
}

/** @param {{compared: Compared}} props */
function Outcome({ compared: { inSync, verdict, clients: judged } }) {
  const differences = judged.flatMap(({ findings }) => findings.filter(({ code }) => code.startsWith("replica.")))
  return html`
    <p class="outcome">
      <${Verdict} verdict=${verdict} />
      ${inSync ? " The replica is in sync with the CRM." : ` ${counted(differences.length, "difference")}.`}
    </p>
    <ul>
      ${differences.slice(0, MOST_SHOWN).map(
        (each) => html`
          <li class=${`finding ${each.severity}`}>
            <details>
              <summary>
                <span class=${`tag ${each.severity}`}>${each.severity}</span> <${Line} text=${each.title} />
              </summary>
              <${Details} finding=${each} />
            </details>
          </li>`,
      )}
    </ul>
    ${differences.length > MOST_SHOWN && html`
      <p>And ${counted(differences.length - MOST_SHOWN, "more difference")}.</p>`}
  `
}
