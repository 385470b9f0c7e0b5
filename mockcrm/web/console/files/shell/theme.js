// Light or dark: as the system has it, unless the viewer chooses.

import { effect, signal } from "@preact/signals"

import { settings } from "../data/stored.js"

const NAME = "mockcrm.theme"
const THEMES = ["auto", "light", "dark"]

/** `auto`, `light` or `dark`. */
export const theme = signal(THEMES.find((each) => each === settings.get(NAME)) ?? "auto")

effect(() => {
  document.documentElement.dataset.theme = theme.value
  settings.set(NAME, theme.value)
})

export function nextTheme() {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]
}
