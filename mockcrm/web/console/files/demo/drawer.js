// The panels, folded away: a drawer at the right, which whatever leads to one of them opens too.

import { html } from "htm/preact"

import { address, go } from "../data/address.js"
import { Panels } from "../shell/panels.js"

export function Drawer() {
  if (address.value.area !== "panel") return null
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const inside = /** @type {HTMLElement} */ (event.target).closest("dialog, [popover], input[type=search]")
    if (event.key === "Escape" && !event.defaultPrevented && !inside) close()
  }
  return html`
    <section class="panel-area drawer" id="details" aria-label="Details" tabindex="-1" onKeyDown=${onKey}>
      <button class="quiet shut" aria-label="Close the details" onClick=${close}>×</button>
      <${Panels} />
    </section>
  `
}

function close() {
  go({ area: "calendar" })
  document.getElementById("to-details")?.focus()
}
