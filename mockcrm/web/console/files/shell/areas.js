// The tabs at the bottom of a phone: what its one column shows.

import { html } from "htm/preact"
import { useRef } from "preact/hooks"

import { address } from "../data/address.js"
import { layout } from "./layout.js"
import { Looks } from "./looks.js"
import { PANELS } from "./panels.js"
import { Link } from "./parts.js"

const WORKBENCH = [
  { title: "Calendar", to: { area: "calendar" } },
  { title: "Axis", to: { area: "axis" } },
  { title: "Traffic", to: { panel: "traffic", filter: "" } },
  { title: "Changes", to: { panel: "changes", filter: "" } },
  { title: "Audit", to: { panel: "audit", filter: "" } },
]
const DEMO = [
  { title: "CRM", to: { area: "calendar" } },
  { title: "Client", to: { area: "client" } },
  { title: "Mailbox", to: { area: "mailbox" } },
  { title: "Axis", to: { area: "axis" } },
]
const PANEL_TABS = PANELS.map(({ name, title }) => ({ title, to: { panel: name, filter: "" } }))

/** @param {{area?: string, panel?: string}} to */
function isShown({ area = "panel", panel = address.value.panel }) {
  return address.value.area === area && address.value.panel === panel
}

export function Areas() {
  const menu = useRef(/** @type {HTMLElement | null} */ (null))
  const first = layout.value === "demo" ? DEMO : WORKBENCH
  const more = PANEL_TABS.filter(({ title }) => !first.some((each) => each.title === title))
  return html`
    <nav class="areas" aria-label="Areas">
      ${first.map(tab)}
      <button class=${more.some(({ to }) => isShown(to)) ? "shown" : ""} popovertarget="more-areas" aria-haspopup="true">More</button>
      <div class="menu more-areas" id="more-areas" popover ref=${menu}>
        <div onClick=${() => menu.current?.hidePopover()}>${more.map(tab)}</div>
        <${Looks} />
      </div>
    </nav>
  `
}

/** @param {{title: string, to: Partial<import("../data/address.js").Address>}} props */
function tab({ title, to }) {
  return html`<${Link} to=${to} class=${isShown(to) ? "shown" : ""} current=${isShown(to)} key=${title}>${title}<//>`
}
