// The user's mailbox calendar: the page of its sandbox, in a frame.

import { html } from "htm/preact"
import { useEffect, useRef, useState } from "preact/hooks"

import { pageOf } from "../data/api.js"
import { mailboxName } from "../data/demo.js"
import { framedHash, lead } from "./in-step.js"

export function Mailbox() {
  const frame = useRef(/** @type {HTMLIFrameElement | null} */ (null))
  // Another address would load the page anew.
  const [src] = useState(() => pageOf(mailboxName.peek(), framedHash()))
  useEffect(() => lead(/** @type {HTMLIFrameElement} */ (frame.current)), [])
  return html`<iframe ref=${frame} src=${src} title="Mailbox calendar"></iframe>`
}
