// Why a verdict is as it is, in words.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { counted } from "../shell/parts.js"
import { Prose } from "./prose.js"

const AT_FIRST = 5

/** @param {{reasons: string[]}} props */
export function Reasons({ reasons }) {
  const [all, setAll] = useState(false)
  const shown = all ? reasons : reasons.slice(0, AT_FIRST)
  if (!reasons.length) return null
  return html`
    <ul class="reasons">${shown.map((each) => html`<li key=${each}><${Prose} text=${each} /></li>`)}</ul>
    ${reasons.length > shown.length && html`
      <button onClick=${() => setAll(true)}>${counted(reasons.length - shown.length, "more reason")}</button>`}
  `
}
