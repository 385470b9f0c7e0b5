// The paged read that a request is a page of, with links to the other pages.

import { html } from "htm/preact"

import { requests } from "../data/feed.js"
import { RequestLink } from "./request-link.js"
import { deliveredText, pageText } from "./words.js"

/** @param {{entry: import("../data/types.js").Entry}} props */
export function PagedRead({ entry }) {
  const { read } = entry.delivered
  if (read === undefined) return null
  const pages = requests.value.filter((each) => each.delivered.read === read && each.operation === entry.operation)
  if (pages.length < 2 && pageText(entry) === "") return null
  const ended = pages.some((each) => each.delivered.last)
  return html`
    <h3>The paged read that request ${read} began</h3>
    <ol class="versions pages">
      ${pages.slice(0, 200).map(
        (each) => html`
          <li key=${each.number}>
            ${each.number === entry.number
              ? html`<strong>page ${each.delivered.page}, this request</strong>`
              : html`<${RequestLink} number=${each.number} before=${`page ${each.delivered.page},`} />`}
            ${" "}${deliveredText(each)}
          </li>
        `,
      )}
    </ol>
    ${!ended && html`<p class="cut-note">Its last page has not been asked for.</p>`}
  `
}
