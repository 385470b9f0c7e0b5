// What keys do, wherever the focus is; and `?` lists them.

import { signal } from "@preact/signals"
import { html } from "htm/preact"
import { useEffect, useRef } from "preact/hooks"

/** @typedef {{key: string, what: string, does: () => void}} Shortcut */

/** @type {Map<string, Shortcut>} */
const shortcuts = new Map()
const listed = signal(false)

/** Have a key do something in the whole page. Keys typed in a field are left alone. @param {string} key @param {string} what @param {() => void} does */
export function shortcut(key, what, does) {
  shortcuts.set(key, { key, what, does })
}

shortcut("?", "List the keys", () => (listed.value = true))

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

export function Keys() {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null))
  useEffect(() => {
    if (listed.value) dialog.current?.showModal()
  }, [listed.value])
  if (!listed.value) return null
  return html`
    <dialog ref=${dialog} class="keys" aria-label="Keys" onClose=${() => (listed.value = false)}>
      <h2>Keys</h2>
      <dl>
        ${[...shortcuts.values()].map(
          ({ key, what }) => html`<dt><kbd>${key === " " ? "space" : key}</kbd></dt><dd>${what}</dd>`,
        )}
      </dl>
      <form method="dialog"><button class="primary" autofocus>Close</button></form>
    </dialog>
  `
}
