// Which sandbox is shown; the others to go to; and what can be done to this one as a whole.

import { signal } from "@preact/signals"
import { html } from "htm/preact"
import { useRef, useState } from "preact/hooks"

import { hashFor, hashOfView } from "../data/address.js"
import { call, pageOf, SANDBOX } from "../data/api.js"
import { Icon } from "./icons.js"
import { tell } from "./messages.js"
import { counted } from "./parts.js"
import { NewSandbox } from "./sandbox-new.js"
import { DeleteSandbox, ResetSandbox } from "./sandbox-end.js"

/** More sandboxes than this can be searched. */
const FEW = 8

/** Of one node, if the server is one of several behind a proxy.
 * @typedef {{sandboxes: import("../data/types.js").Sandbox[], node: string | null}} Found
 */
/** @typedef {"new" | "fork" | "reset" | "delete"} Form */

const form = signal(/** @type {Form | null} */ (null))

export function Sandboxes() {
  const button = useRef(/** @type {HTMLElement | null} */ (null))
  const menu = useRef(/** @type {HTMLElement | null} */ (null))
  const [found, setFound] = useState(/** @type {Found | null} */ (null))
  /** @param {ToggleEvent} event */
  const opened = async ({ newState }) => {
    if (newState !== "open") return
    place(menu.current, button.current)
    try {
      setFound(await call("GET", "/admin/sandboxes"))
    } catch (error) {
      tell(/** @type {Error} */ (error).message, { wrong: true })
    }
  }
  /** @param {Form} which */
  const start = (which) => {
    menu.current?.hidePopover()
    form.value = which
  }
  return html`
    <button
      ref=${button} class="sandbox" popovertarget="sandboxes" aria-label=${`Sandbox ${SANDBOX}`} title=${SANDBOX}
    >
      <bdi>${SANDBOX}</bdi><${Icon} name="down" />
    </button>
    <div ref=${menu} id="sandboxes" class="menu sandboxes" popover onToggle=${opened} role="group" aria-label="Sandboxes">
      <${List} found=${found} />
      <${Choices} start=${start} />
    </div>
    <${Forms} />
  `
}

/** Put the menu below its button. @param {HTMLElement | null} menu @param {HTMLElement | null} button */
function place(menu, button) {
  if (menu === null || button === null) return
  const { left, bottom } = button.getBoundingClientRect()
  menu.style.top = `${bottom + 4}px`
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - menu.offsetWidth - 8))}px`
}

/** @param {{found: Found | null}} props */
function List({ found }) {
  const [wanted, setWanted] = useState("")
  if (found === null) return html`<p class="soft">Reading …</p>`
  const { sandboxes: all, node } = found
  const shown = all.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()))
  return html`
    ${all.length > FEW && html`
      <input
        type="search" aria-label="Find a sandbox" placeholder=${`Find one of ${all.length}`} value=${wanted}
        onInput=${(/** @type {InputEvent} */ event) => setWanted(/** @type {HTMLInputElement} */ (event.target).value)}
      />`}
    <ul>${shown.map((each) => html`<${Row} key=${each.name} ...${each} />`)}</ul>
    ${node !== null && html`<p class="soft">These are on ${node}. Other nodes have others.</p>`}
  `
}

/** @param {import("../data/types.js").Sandbox} props */
function Row({ name, events }) {
  const here = name === SANDBOX
  return html`
    <li>
      <a href=${pageOf(name, here ? hashFor({}) : hashOfView())} aria-current=${here ? "page" : undefined}>
        <bdi>${name}</bdi> <span class="soft">${counted(events, "event")}</span>
      </a>
    </li>
  `
}

/** @param {{start: (which: Form) => void}} props */
function Choices({ start }) {
  return html`
    <div class="choices">
      <button onClick=${() => start("new")}>New sandbox …</button>
      <button onClick=${() => start("fork")}>Fork this one …</button>
      <button onClick=${() => start("reset")}>Reset this one …</button>
      ${SANDBOX !== "default" && html`<button class="danger" onClick=${() => start("delete")}>Delete this one …</button>`}
    </div>
  `
}

function Forms() {
  const close = () => (form.value = null)
  if (form.value === "new" || form.value === "fork") return html`<${NewSandbox} fork=${form.value === "fork"} onClose=${close} />`
  if (form.value === "reset") return html`<${ResetSandbox} onClose=${close} />`
  return form.value === "delete" ? html`<${DeleteSandbox} onClose=${close} />` : null
}
