// Search: finds events of the whole sandbox by subject, location and attendee, and lists them.

import { computed, signal } from "@preact/signals"
import { html } from "htm/preact"
import { useEffect } from "preact/hooks"

import { address, go, toThing } from "../data/address.js"
import { now } from "../data/time.js"
import { shortcut } from "../shell/keys.js"
import { counted, Link } from "../shell/parts.js"
import { attempt } from "./edits.js"
import { allRows, leftOut, MOST_KNOWN, readAll, stirred, voided } from "./store.js"
import { whenText } from "../data/when.js"

const MOST_LISTED = 50

const listed = signal(address.peek().search !== "")
/** What is sought, in lower case. */
const words = computed(() => address.value.search.trim().toLowerCase())
/** What is found, the nearest to the sandbox's now first. */
const hits = computed(() => {
  void stirred.value
  if (!words.value) return []
  const at = now.peek() ?? 0
  const found = allRows().filter(({ text, id }) => text.includes(words.value) || id === words.value)
  return found.sort((one, other) => Math.abs(one.start - at) - Math.abs(other.start - at))
})

shortcut("/", "Search events", () => document.getElementById("search")?.focus())

export function Search() {
  const asked = words.value !== ""
  useEffect(() => {
    if (asked) attempt(readAll)
  }, [asked, voided.value])
  return html`
    <div class="search" onFocusOut=${leave}>
      <form role="search" onSubmit=${openFirst}>
        <input
          id="search" type="search" aria-label="Search events" placeholder="Search" maxlength="200"
          value=${address.value.search}
          onInput=${(/** @type {Event} */ event) => seek(/** @type {HTMLInputElement} */ (event.target).value)}
          onFocus=${() => (listed.value = true)} onKeyDown=${giveUp}
        />
      </form>
      ${asked && listed.value && html`<${Hits} />`}
    </div>
  `
}

/** @param {string} search */
function seek(search) {
  listed.value = true
  go({ search }, { replace: true })
}

/** @param {Event} event */
function openFirst(event) {
  event.preventDefault()
  if (hits.value.length) open(hits.value[0].id)
}

/** @param {string} id */
function open(id) {
  listed.value = false
  go(toThing("event", id))
}

/** @param {KeyboardEvent} event */
function giveUp(event) {
  if (event.key === "Escape") seek("")
}

/** @param {FocusEvent} event */
function leave(event) {
  const inside = /** @type {HTMLElement} */ (event.currentTarget)
  if (event.relatedTarget instanceof Node && !inside.contains(event.relatedTarget)) listed.value = false
}

function Hits() {
  const found = hits.value
  return html`
    <div class="hits" role="region" aria-label="Events found">
      <p class="soft" aria-live="polite">
        ${found.length ? counted(found.length, "event") : "No event"} found${
          found.length > MOST_LISTED && `; these are the ${MOST_LISTED} nearest to now`
        }.
        ${leftOut.value.all && ` Only ${counted(MOST_KNOWN, "event")} were searched.`}
      </p>
      <ul>
        ${found.slice(0, MOST_LISTED).map(
          (row) => html`
            <li key=${row.id} onClick=${() => (listed.value = false)}>
              <${Link} to=${toThing("event", row.id)}>
                <bdi class=${row.deleted ? "deleted" : ""}>${row.title}</bdi>
                <span class="soft">
                  ${whenText(row)}${row.location && html` · <bdi>${row.location}</bdi>`}${row.deleted && " · deleted"}
                </span>
              <//>
            </li>
          `,
        )}
      </ul>
    </div>
  `
}
