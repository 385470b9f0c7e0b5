// What keys do, wherever the focus is; and `?` lists them.

import { signal } from "@preact/signals"
import { html } from "htm/preact"

import { Dialog } from "./dialogs.js"

/** @typedef {{key: string, what: string, does: () => void}} Shortcut */

/** @type {Map<string, Shortcut>} */
const shortcuts = new Map()
const listed = signal(false)

/** Have a key do something in the whole page. Keys typed in a field are left alone. @param {string} key @param {string} what @param {() => void} does */
export function shortcut(key, what, does) {
  shortcuts.set(key, { key, what, does })
}

shortcut("?", "List the keys", showKeys)

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target)
  const typing = target.closest("input, textarea, select, [contenteditable], dialog")
  // The space bar presses the button that has the focus.
  const pressing = event.key === " " && target.closest("button, a, summary, [role=tab], [role=button]")
  if (typing || pressing || event.ctrlKey || event.metaKey || event.altKey) return
  const found = shortcuts.get(event.key)
  if (found === undefined) return
  event.preventDefault()
  found.does()
})

/** List the keys. */
export function showKeys() {
  listed.value = true
}

export function Keys() {
  if (!listed.value) return null
  return html`
    <${Dialog} title="Keys" class="keys" onClose=${() => (listed.value = false)}>
      <dl>
        ${[...shortcuts.values()].map(
          ({ key, what }) => html`<dt><kbd>${key === " " ? "space" : key}</kbd></dt><dd>${what}</dd>`,
        )}
      </dl>
      <p>
        The calls of the API and of the controls: <a href="docs">try them</a>, or <a href="openapi.json">read their
        description</a>.
      </p>
      <form method="dialog" class="buttons"><button class="primary" autofocus>Close</button></form>
    <//>
  `
}
