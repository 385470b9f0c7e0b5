// Large type, for an audience; a demo's page has the button. The browser remembers it.

import { computed, effect, signal } from "@preact/signals"

import { settings } from "../data/stored.js"
import { layout } from "./layout.js"

const NAME = "mockcrm.largeType"

/** Whether a demo is to be shown in large type. */
export const largeType = signal(settings.get(NAME) === "true")

const applied = computed(() => (largeType.value && layout.value !== "workbench" ? "large" : "usual"))

/** How many pixels a `rem` has: what is drawn, and no text, is as large as that. */
export const rem = signal(16)

effect(() => {
  document.documentElement.dataset.type = applied.value
  rem.value = parseFloat(getComputedStyle(document.documentElement).fontSize)
})

effect(() => settings.set(NAME, String(largeType.value)))
