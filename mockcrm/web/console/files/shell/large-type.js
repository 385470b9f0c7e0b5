// Large type, for an audience; a demo's page has the button. The browser remembers it.

import { computed, effect, signal } from "@preact/signals"

import { settings } from "../data/stored.js"
import { layout } from "./layout.js"

const NAME = "mockcrm.largeType"

/** Whether a demo is to be shown in large type. */
export const largeType = signal(settings.get(NAME) === "true")
/** Whether the type is large now. */
export const isLarge = computed(() => largeType.value && layout.value !== "workbench")

effect(() => {
  document.documentElement.dataset.type = isLarge.value ? "large" : "usual"
  settings.set(NAME, String(largeType.value))
})
