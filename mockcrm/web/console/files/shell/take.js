// A button that makes a file and has the browser save it.

import { html } from "htm/preact"
import { useState } from "preact/hooks"

import { fetchBundle, offer } from "../data/bundle.js"
import { tell } from "./messages.js"

/** @param {{title: string, name: string, make: () => Promise<Blob>}} props */
export function Take({ title, name, make }) {
  const [busy, setBusy] = useState(false)
  const take = async () => {
    if (busy) return
    setBusy(true)
    try {
      offer(await make(), name)
    } catch (error) {
      tell(/** @type {Error} */ (error).message, { wrong: true })
    }
    setBusy(false)
  }
  return html`<button onClick=${take} aria-disabled=${busy}>${title}</button>`
}

/** Takes away what has happened. @param {{title: string}} props */
export function TakeBundle({ title }) {
  return html`<${Take} title=${title} name="bundle.json" make=${fetchBundle} />`
}
