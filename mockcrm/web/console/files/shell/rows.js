// Lists of rows that grow at their top: the newest are shown, and a reader of older ones is not disturbed.

import { html } from "htm/preact"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"

import { address, hashFor, toThing } from "../data/address.js"
import { life } from "../data/feed.js"
import { following } from "./following.js"
import { shortcut } from "./keys.js"

const A_PAGE = 200
/** How much of an opened row must be seen, in pixels. */
const LEAST_SEEN = 160

/**
 * What is shown of `rows`, the oldest first: the newest `A_PAGE`, and more on demand. While the reader is further down,
 * or has a row open, what is new is only counted.
 *
 * @template T
 * @param {T[]} rows @param {(row: T) => number} numberOf @param {string} kind as in the address: `change:12`
 */
export function useNewest(rows, numberOf, kind) {
  const [limit, setLimit] = useState(A_PAGE)
  const [atTop, setAtTop] = useState(true)
  const [, showAgain] = useState(0)
  const held = useRef({ upTo: 0, life: -1 })
  const newest = rows.length ? numberOf(rows[rows.length - 1]) : 0
  const opened = openedOf(kind)
  if ((atTop && opened === null) || held.current.life !== life.value) held.current = { upTo: newest, life: life.value }
  held.current.upTo = Math.max(held.current.upTo, opened ?? 0)
  const known = rows.filter((row) => numberOf(row) <= held.current.upTo)
  const needed = opened === null ? 0 : known.filter((row) => numberOf(row) >= opened).length
  const shown = known.slice(-Math.max(limit, Math.ceil(needed / A_PAGE) * A_PAGE)).reverse()
  const showNew = () => {
    held.current.upTo = newest
    showAgain((times) => times + 1)
    document.getElementById("panel")?.scrollTo({ top: 0 })
  }
  return {
    shown,
    news: rows.length - known.length,
    older: known.length - shown.length,
    showNew,
    showMore: () => setLimit(shown.length + A_PAGE),
    setAtTop,
  }
}

/** The number of the row that the address opens; null if it opens none of this kind. @param {string} kind */
export function openedOf(kind) {
  const [of, number] = address.value.open.split(":")
  return of === kind && /^\d{1,15}$/.test(number) ? Number(number) : null
}

/** Stands above the rows, and tells whether it is seen. @param {{onSeen: (seen: boolean) => void}} props */
export function Top({ onSeen }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null))
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => onSeen(entries[entries.length - 1].isIntersecting))
    if (place.current) observer.observe(place.current)
    return () => observer.disconnect()
  }, [onSeen])
  return html`<div class="rows-top" ref=${place}></div>`
}

/** Says how many rows are new, and shows them. @param {{count: number, word: string, onShow: () => void}} props */
export function NewRows({ count, word, onShow }) {
  const words = count === 1 ? word : `${word}s`
  return html`
    <div class="rows-new" role="status">
      ${count > 0 && html`
        <button onClick=${onShow}>
          <span aria-hidden="true">↑ </span>${count.toLocaleString("en")} new<span class="visually-hidden"> ${words}</span>
        </button>
      `}
    </div>
  `
}

/** @param {{count: number, onMore: () => void}} props */
export function MoreRows({ count, onMore }) {
  if (count === 0) return null
  const text = `Show more (${count.toLocaleString("en")} older)`
  return html`<p class="rows-more"><button onClick=${onMore}>${text}</button></p>`
}

/**
 * One row. What is in `head` is the link that opens it; `children` stand below, `details` below those once it is open.
 *
 * @param {{kind: string, number: number, class: string, head: any, children: any, details: () => any}} props
 */
export function Row({ kind, number, class: className, head, children, details }) {
  const open = openedOf(kind) === number
  const place = useRef(/** @type {HTMLLIElement | null} */ (null))
  useLayoutEffect(() => {
    if (open && place.current) show(place.current)
  }, [open])
  const to = open ? { open: "" } : toOpen(kind, number)
  return html`
    <li class=${`row ${className} ${open ? "open" : ""}`} ref=${place}>
      <div class="row-head">
        <a class="row-link" data-row href=${hashFor(to)} aria-expanded=${open} onClick=${following(to)}>${head}</a>
        <div class="row-second">${children}</div>
      </div>
      ${open && html`<div class="row-details">${details()}</div>`}
    </li>
  `
}

/** Scroll to a row that is opened, unless it is seen already. @param {HTMLElement} row */
function show(row) {
  const panel = document.getElementById("panel")?.getBoundingClientRect()
  const { top } = row.getBoundingClientRect()
  const bar = document.querySelector(".rows-bar")?.getBoundingClientRect().height ?? 0
  const [from, to] = [Math.max(panel?.top ?? 0, 0) + bar, Math.min(panel?.bottom ?? Infinity, innerHeight)]
  if (top < from || top > to - LEAST_SEEN) row.scrollIntoView({ block: "start" })
}

/** As `toThing`, but the filter of the panel stays. @param {string} kind @param {number} number */
function toOpen(kind, number) {
  return { ...toThing(kind, number), filter: address.value.filter }
}

/** Move the focus to another row of the open panel. @param {number} step */
function move(step) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#panel [data-row]")])
  const at = rows.findIndex((row) => aroundOf(row).contains(document.activeElement))
  const open = rows.findIndex((row) => row.getAttribute("aria-expanded") === "true")
  const from = at >= 0 ? at : open
  const to = rows[from < 0 ? (step > 0 ? 0 : -1) : Math.min(Math.max(from + step, 0), rows.length - 1)]
  if (to === undefined) return
  to.focus()
  aroundOf(to).scrollIntoView({ block: "nearest" })
}

/** A row with all that belongs to it. @param {HTMLElement} row */
function aroundOf(row) {
  return row.closest("li") ?? row
}

shortcut("j", "Next row of the panel; Enter opens what can be opened", () => move(1))
shortcut("k", "Previous row of the panel", () => move(-1))
