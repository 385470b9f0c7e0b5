// A request that the address opens and the page does not keep: it is read from the server.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { call } from "../data/api.js"
import { Empty } from "../shell/parts.js"
import { RequestRow } from "./request-row.js"

/** @param {{number: number}} props */
export function OlderRequest({ number }) {
  const [entry, setEntry] = useState(/** @type {import("../data/types.js").Entry | null} */ (null))
  const [why, setWhy] = useState("")
  useEffect(() => {
    call("GET", `/admin/requests/${number}`).then(setEntry, (error) => setWhy(error.message))
  }, [number])
  if (why) return html`<${Empty} heading=${`Request ${number} is not there`}><p>${why}</p><//>`
  if (entry === null) return null
  return html`<ol class="rows requests older" aria-label="An older request"><${RequestRow} entry=${entry} several=${true} /></ol>`
}
