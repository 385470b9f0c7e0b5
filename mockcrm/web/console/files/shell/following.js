// What a click on a link within the page does.

import { go } from "../data/address.js"

/**
 * Follow a link within the page; with a key that opens a tab or a window, the browser does.
 *
 * @param {Partial<import("../data/address.js").Address>} to
 */
export function following(to) {
  return (/** @type {MouseEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    go(to)
  }
}
