// Large type, for an audience; a demo's page has the button. The browser remembers it.

import { effect, signal } from "@preact/signals"

import { settings } from "../data/stored.js"
import { layout } from "./layout.js"

const NAME = "mockcrm.largeType"

/** Whether a demo is to be shown in large type. */
export const largeType = signal(settings.get(NAME) === "true")

effect(() => {
  document.documentElement.dataset.type = largeType.value && layout.value !== "workbench" ? "large" : "usual"
  settings.set(NAME, String(largeType.value))
})
