// The clock of the sandbox: its time, large, and how to move it. Where there is little room it folds to a menu.

import { html } from "htm/preact"
import { useRef } from "preact/hooks"

import { Controls, Questions, Quick } from "./controls.js"
import { shownFold, useFolding } from "./folding.js"
import { stands } from "./moves.js"
import { Mode, Reading } from "./reading.js"

export function Clock() {
  const place = useRef(/** @type {HTMLElement | null} */ (null))
  useFolding(place)
  const fold = shownFold()
  return html`
    <section class="clock" data-fold=${fold} aria-label="Clock" ref=${place}>
      <${Reading} />
      <${Mode} />
      ${fold === "quick" && html`<${Quick} />`}
      ${fold === "full" || fold === "short" ? html`<${Controls} />` : html`<${Menu} />`}
      <${Questions} />
      <span class="visually-hidden" role="status" aria-label="Clock">${stands.value}</span>
    </section>
  `
}

function Menu() {
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null))
  /** @param {ToggleEvent} event */
  const place = (event) => {
    const menu = /** @type {HTMLElement} */ (event.target)
    const at = button.current?.getBoundingClientRect()
    menu.style.top = `${(at?.bottom ?? 0) + 8}px`
    menu.style.right = `${innerWidth - (at?.right ?? innerWidth)}px`
  }
  return html`
    <button ref=${button} class="set" popovertarget="clock-menu" aria-label="Set the clock">
      Set <span aria-hidden="true">▾</span>
    </button>
    <div id="clock-menu" class="clock-menu" popover onBeforeToggle=${place}><${Controls} /></div>
  `
}
