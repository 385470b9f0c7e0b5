// The clock of the sandbox: its time, large, and how to move it. Where there is little room it folds to time and menu.

import { signal } from "@preact/signals"
import { html } from "htm/preact"
import { useRef } from "preact/hooks"

import { Controls } from "./controls.js"
import { stands } from "./moves.js"
import { Mode, Reading } from "./reading.js"

const narrow = matchMedia("(max-width: 1240px)")
const folded = signal(narrow.matches)
narrow.addEventListener("change", () => (folded.value = narrow.matches))

export function Clock() {
  return html`
    <section class=${`clock ${folded.value ? "folded" : ""}`} aria-label="Clock">
      <${Reading} />
      <${Mode} />
      ${folded.value ? html`<${Menu} />` : html`<${Controls} />`}
      <span class="visually-hidden" role="status">${stands.value}</span>
    </section>
  `
}

function Menu() {
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null))
  /** @param {ToggleEvent} event */
  const place = (event) => {
    const menu = /** @type {HTMLElement} */ (event.target)
    menu.style.top = `${(button.current?.getBoundingClientRect().bottom ?? 0) + 8}px`
  }
  return html`
    <button ref=${button} popovertarget="clock-menu" aria-label="Set the clock">Set <span aria-hidden="true">▾</span></button>
    <div id="clock-menu" class="clock-menu" popover onBeforeToggle=${place}><${Controls} /></div>
  `
}
