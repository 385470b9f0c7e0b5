// Which sandbox is shown, and the others to go to.

import { html } from "htm/preact"

import { SANDBOX } from "../data/api.js"

export function Sandboxes() {
  return html`<span class="sandbox">▸ ${SANDBOX}</span>`
}
