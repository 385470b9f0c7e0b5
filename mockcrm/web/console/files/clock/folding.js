// How much of the clock there is room for.

import { signal } from "@preact/signals"
import { useEffect, useLayoutEffect } from "preact/hooks"

import { rem } from "../shell/large-type.js"

/** The clock in full, with fewer words, with the two buttons that are most at hand and a menu, and with the menu alone. */
const FOLDS = /** @type {const} */ (["full", "short", "quick", "menu"])
const LAST = FOLDS.length - 1

const phone = matchMedia("(max-width: 760px)")
const onPhone = signal(phone.matches)
phone.addEventListener("change", () => (onPhone.value = phone.matches))

const fold = signal(0)
/** The width that each needed when there was no room for it, in rem: with large type all is wider. */
const needs = FOLDS.map(() => 0)

/** @returns {typeof FOLDS[number]} */
export function shownFold() {
  return onPhone.value ? "menu" : FOLDS[fold.value]
}

/** Have the clock fit its place, whatever its width or its contents become. @param {{current: HTMLElement | null}} place */
export function useFolding(place) {
  const fit = () => place.current && choose(place.current)
  useLayoutEffect(() => void fit())
  useEffect(() => {
    const observer = new ResizeObserver(() => void fit())
    if (place.current) observer.observe(place.current)
    return () => observer.disconnect()
  }, [])
}

/** @param {HTMLElement} clock */
function choose({ scrollWidth, clientWidth }) {
  const at = fold.peek()
  if (scrollWidth > clientWidth && at < LAST) {
    needs[at] = scrollWidth / rem.peek()
    fold.value = at + 1
  } else if (at > 0 && clientWidth / rem.peek() >= needs[at - 1]) fold.value = at - 1
}
