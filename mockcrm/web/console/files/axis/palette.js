// The page's colours as the canvas needs them: resolved for light or dark.

import { signal } from "@preact/signals"

const NAMES = /** @type {const} */ ([
  "paper", "ground", "line", "line-strong", "ink", "ink-soft", "accent", "accent-soft", "failed", "failed-soft",
  "inconclusive", "fault", "on-accent",
])

/** @typedef {Record<(typeof NAMES)[number], string>} Palette */

/** The colours; null until they have been read. */
export const palette = signal(/** @type {Palette | null} */ (null))

/** Read the colours anew. @param {HTMLElement} within */
export function readPalette(within) {
  const probe = document.createElement("span")
  within.append(probe)
  const found = NAMES.map((name) => {
    probe.style.color = `var(--${name})`
    return [name, getComputedStyle(probe).color]
  })
  probe.remove()
  palette.value = Object.fromEntries(found)
}
