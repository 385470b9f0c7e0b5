// A request that the address opens and the page does not keep: it is read from the server.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { call } from "../data/api.js"
import { Empty } from "../shell/parts.js"
import { RequestRow } from "./request-row.js"

/** @typedef {import("../data/types.js").Entry} Entry */

/** @param {{number: number}} props */
export function OlderRequest({ number }) {
  const [found, setFound] = useState(/** @type {Entry | null | undefined} */ (undefined))
  useEffect(() => {
    call("GET", `/admin/requests?after=${number - 1}&limit=1`).then(
      ({ requests }) => setFound(requests.find((/** @type {Entry} */ each) => each.number === number) ?? null),
      () => setFound(null),
    )
  }, [number])
  if (found === undefined) return null
  if (found === null) return html`<${Empty} heading=${`Request ${number} is not there`} />`
  return html`
    <ul class="rows requests older" aria-label="An older request">
      <${RequestRow} entry=${found} several=${true} />
    </ul>
  `
}
