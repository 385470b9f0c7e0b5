// Whether the axis is folded away. The browser remembers it.

import { effect, signal } from "@preact/signals"

import { settings } from "../data/stored.js"

const NAME = "mockcrm.axisFolded"

export const folded = signal(settings.get(NAME) === "true")

effect(() => settings.set(NAME, String(folded.value)))

export function fold() {
  folded.value = !folded.value
}
