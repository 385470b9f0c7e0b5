// The line between the changes before a watermark and those after it.

import { html } from "htm/preact"

import { lineOf } from "../data/text.js"
import { preciseText } from "../data/time.js"
import { RequestLink } from "../traffic/request-link.js"

/** @param {{marks: import("./watermark-lines.js").Sent[]}} props watermarks of the same instant */
export function WatermarkLine({ marks }) {
  return html`
    <li class="watermark">
      <span class="watermark-sign" aria-hidden="true">≋</span>
      <span>
        <strong>Watermark ${preciseText(marks[0].sent.at)}</strong>
        ${marks.map(
          ({ client, of, sent }) => html`
            <span class="stand" key=${`${client} ${of}`}> of <bdi>${lineOf(client, 40)}</bdi>${" "}
              ${of === "deletions" ? "for deletions " : ""}(<${RequestLink} number=${sent.request} />)</span>
          `,
        )}
        <span class="of"> · above: stamped since; below: before</span>
      </span>
    </li>
  `
}
