// A row that the address opens and the page does not keep: it is read from the server.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { rowsFrom } from "../data/log.js"
import { Empty } from "./parts.js"

/**
 * `log` is that of the row, `word` what it is called; `draw` draws it.
 *
 * @param {{log: "changes" | "requests", word: string, number: number, draw: (row: any) => any}} props Of either log.
 */
export function OlderRow({ log, word, number, draw }) {
  const [found, setFound] = useState(/** @type {object | null | undefined} */ (undefined))
  useEffect(() => {
    rowsFrom(log, number, number + 1).then(
      ([row]) => setFound(row ?? null),
      () => setFound(null),
    )
  }, [number])
  if (found === undefined) return null
  if (found === null) return html`<${Empty} heading=${`${word} ${number} is not there`} />`
  const label = `An older ${word.toLowerCase()}`
  return html`<ul class=${`rows older ${log === "changes" ? "changes-list" : log}`} aria-label=${label}>${draw(found)}</ul>`
}
