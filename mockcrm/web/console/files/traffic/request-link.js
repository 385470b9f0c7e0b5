// A link to a request: `request 3`.

import { html } from "htm/preact"

import { toThing } from "../data/address.js"
import { Link } from "../shell/parts.js"

/** @param {{number: number | string, before?: string}} props `before` stands before the word: `page 2,` */
export function RequestLink({ number, before = "" }) {
  return html`<${Link} to=${toThing("request", number)}>${before && `${before} `}request ${number}<//>`
}
