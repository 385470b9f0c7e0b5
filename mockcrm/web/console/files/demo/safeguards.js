// The safeguards of the client, as switches; what the one at hand does stands below.

import { useSignal } from "@preact/signals"
import { html } from "htm/preact"

import { changeDemo } from "../data/demo.js"

/** @typedef {import("../data/demo.js").Safeguard} Safeguard */

const HINT = "Switch one off, and see what the client loses."

/** @param {{safeguards: Safeguard[]}} props */
export function Safeguards({ safeguards }) {
  const atHand = useSignal("")
  const off = safeguards.filter((each) => !each.on)
  const allOn = () => changeDemo({ safeguards: Object.fromEntries(off.map(({ name }) => [name, true])) })
  return html`
    <section class="safeguards" aria-labelledby="safeguards">
      <div class="safeguards-head">
        <h3 id="safeguards">Safeguards</h3>
        ${off.length === 0
          ? html`<span class="soft">all on</span>`
          : html`<span class="tag error">${off.length} off</span><button onClick=${allOn}>All on</button>`}
      </div>
      ${off.length > 0 && html`<p class="off-names">Off: ${off.map(({ name }) => titleOf(name)).join(", ")}</p>`}
      <ul onPointerLeave=${() => (atHand.value = "")}>
        ${safeguards.map((each) => html`<${Switch} key=${each.name} ...${each} show=${() => (atHand.value = each.name)} />`)}
      </ul>
      <p class="sentence" aria-hidden="true">${safeguards.find(({ name }) => name === atHand.value)?.sentence ?? HINT}</p>
    </section>
  `
}

/** @param {Safeguard & {show: () => void}} props */
function Switch({ name, sentence, on, show }) {
  const id = `safeguard-${name}`
  return html`
    <li class=${on ? "" : "off"} title=${sentence} onPointerEnter=${show} onFocusIn=${show}>
      <label>
        <span class="name">${titleOf(name)}</span>
        <span class="state" aria-hidden="true">${on ? "on" : "off"}</span>
        <input type="checkbox" role="switch" checked=${on} aria-label=${titleOf(name)} aria-describedby=${id}
          onChange=${() => changeDemo({ safeguards: { [name]: !on } })} />
      </label>
      <span class="visually-hidden" id=${id}>${sentence}</span>
    </li>
  `
}

/** `own-watermarks`: Own watermarks. @param {string} name */
function titleOf(name) {
  const words = name.replaceAll("-", " ").replaceAll(/\b(crm|utc)\b/g, (each) => each.toUpperCase())
  return words.charAt(0).toUpperCase() + words.slice(1)
}
