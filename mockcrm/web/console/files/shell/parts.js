// Small things that all views use.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { go, hashFor } from "../data/address.js"
import { layout } from "./layout.js"
import { tell } from "./messages.js"

/**
 * A link to something in this page; `to` is a part of an address (`data/address.js`). `current` says that it is shown.
 *
 * @param {{to: Partial<import("../data/address.js").Address>, children: any, class?: string, label?: string, current?: boolean}} props
 */
export function Link({ to, children, class: className = "", label, current }) {
  // A calendar alone has no panels: they are shown in a tab of their own.
  const apart = layout.value === "calendar" && to.panel !== undefined
  const href = hashFor(apart ? { ...to, layout: "workbench" } : to)
  /** @param {MouseEvent} event */
  const follow = (event) => {
    if (apart || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    event.stopPropagation()
    go(to)
  }
  const attributes = { target: apart ? "_blank" : undefined, "aria-label": label, "aria-current": current ? "page" : undefined }
  return html`<a href=${href} class=${className} ...${attributes} onClick=${follow}>${children}</a>`
}

const VERDICTS = /** @type {Record<string, string>} */ ({ passed: "✓", failed: "✕", inconclusive: "?" })

/** A verdict: `passed`, `failed` or `inconclusive`, by sign, word and colour. @param {{verdict: string, large?: boolean}} props */
export function Verdict({ verdict, large = false }) {
  return html`<span class=${`verdict ${verdict} ${large ? "large" : ""}`}><span class="sign" aria-hidden="true">${VERDICTS[verdict]}</span> ${verdict}</span>`
}

/** A button that copies a text. @param {{text: string, label?: string}} props */
export function Copy({ text, label = "Copy" }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
    } catch {
      // Off loopback without TLS, a browser has no clipboard for a page.
      return tell("The browser lets no page copy here: select the text, and copy it by keyboard.", { wrong: true })
    }
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return html`<button class="copy" type="button" onClick=${copy} aria-live="polite">${copied ? "Copied" : label}</button>`
}

/** What a view says while it has nothing to show: a heading, and what to do. @param {{heading: string, children?: any}} props */
export function Empty({ heading, children }) {
  return html`<div class="empty"><h3>${heading}</h3>${children}</div>`
}

/** A text as code, with a button that copies it. @param {{text: string, label?: string}} props */
export function Code({ text, label }) {
  return html`<div class="code"><pre tabindex="0"><code>${text}</code></pre><${Copy} text=${text} label=${label} /></div>`
}

/** `1 request`, `2 requests`. @param {number} count @param {string} word */
export function counted(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`
}
