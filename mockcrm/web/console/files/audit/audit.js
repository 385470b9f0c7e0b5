// What the audit says: the verdict, each client, and the findings with what led to them.

import { html } from "htm/preact"

import { Arisen } from "./arisen.js"
import { Clients } from "./clients.js"
import { Compare } from "./compare.js"
import { Findings } from "./findings.js"
import { WholeVerdict } from "./verdict.js"

export function Audit() {
  return html`
    <${WholeVerdict} />
    <${Clients} />
    <${Findings} />
    <${Compare} />
    <${Arisen} />
  `
}
