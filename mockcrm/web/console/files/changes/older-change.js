// A change that the address opens and the page does not keep: it is read from the server.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { call } from "../data/api.js"
import { Empty } from "../shell/parts.js"
import { ChangeRow } from "./change-row.js"

/** @typedef {import("../data/types.js").Change} Change */

/** @param {{seq: number}} props */
export function OlderChange({ seq }) {
  const [found, setFound] = useState(/** @type {Change | null | undefined} */ (undefined))
  useEffect(() => {
    call("GET", `/admin/changes?after=${seq - 1}&limit=1`).then(
      ({ changes }) => setFound(changes.find((/** @type {Change} */ each) => each.seq === seq) ?? null),
      () => setFound(null),
    )
  }, [seq])
  if (found === undefined) return null
  if (found === null) return html`<${Empty} heading=${`Change ${seq} is not there`} />`
  return html`
    <ul class="rows changes-list older" aria-label="An older change">
      <${ChangeRow} change=${found} strays=${[]} />
    </ul>
  `
}
