// The clock of the sandbox: its time, large, and how to move it. Where there is little room it folds to a menu.

import { computed, signal } from "@preact/signals"
import { html } from "htm/preact"
import { useRef } from "preact/hooks"

import { isLarge } from "../shell/large-type.js"
import { Controls, Quick } from "./controls.js"
import { stands } from "./moves.js"
import { Mode, Reading } from "./reading.js"

const folded = narrowerThan("1430px")
/** Large type needs more room. */
const folds = computed(() => folded.value || isLarge.value)
const onPhone = narrowerThan("760px")

/** @param {string} width */
function narrowerThan(width) {
  const query = matchMedia(`(max-width: ${width})`)
  const holds = signal(query.matches)
  query.addEventListener("change", () => (holds.value = query.matches))
  return holds
}

export function Clock() {
  return html`
    <section class="clock" aria-label="Clock">
      <${Reading} />
      <${Mode} />
      ${folds.value ? html`${!onPhone.value && html`<${Quick} />`}<${Menu} />` : html`<${Controls} />`}
      <span class="visually-hidden" role="status">${stands.value}</span>
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
