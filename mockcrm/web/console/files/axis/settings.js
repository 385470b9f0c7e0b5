// How the viewer wants the axis: its height, and whether it is folded. The browser remembers it.

import { effect, signal } from "@preact/signals"

const NAME = "mockcrm.axis"
export const LEAST_HEIGHT = 120
export const MOST_HEIGHT = 560

/** @returns {{height: number | null, folded: boolean}} */
function read() {
  try {
    const { height, folded } = JSON.parse(localStorage.getItem(NAME) ?? "{}")
    return { height: typeof height === "number" ? kept(height) : null, folded: folded === true }
  } catch {
    return { height: null, folded: false }
  }
}

/** @param {number} height */
function kept(height) {
  return Math.min(Math.max(height, LEAST_HEIGHT), MOST_HEIGHT)
}

/** The plot's height in pixels, null unless the viewer has set one; and whether the plot is folded away. */
export const settings = signal(read())

effect(() => localStorage.setItem(NAME, JSON.stringify(settings.value)))

/** @param {number} height */
export function setHeight(height) {
  settings.value = { ...settings.value, height: kept(height) }
}

export function fold() {
  settings.value = { ...settings.value, folded: !settings.value.folded }
}
