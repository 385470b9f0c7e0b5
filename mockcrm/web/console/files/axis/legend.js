// What the marks mean: by shape and word, folded until it is asked for.

import { html } from "htm/preact"

import { earlier } from "./earlier.js"
import { Glyph } from "./shapes.js"

const CHANGES = [
  { shape: "created", text: "created" },
  { shape: "updated", text: "updated" },
  { shape: "deleted", text: "deleted" },
  { shape: "restored", text: "restored" },
  { shape: "updated", hollow: true, text: "by a client (hollow); full: in the CRM" },
  { shape: "updated", tone: "missed", text: "passed by: out of a client's reach; a line to the request" },
  { shape: "updated", tone: "recovered", text: "passed by, and delivered after all" },
]
const REQUESTS = [
  { shape: "read", text: "a read; a bar is a paged read with its pages" },
  { shape: "write", text: "a write" },
  { shape: "read", failed: true, tone: "failed", text: "failed: refused, broken off, or not answered" },
  { shape: "read", fault: true, text: "a fault was applied" },
]

export function Legend() {
  return html`
    <details class="axis-legend">
      <summary>Legend</summary>
      <div class="axis-legend-text">
        <section>
          <h3>In the CRM</h3>
          ${earlier.value && html`
            <p>
              A red ring is a change that the careless client has lost in the earlier run, whose lane is the first; a
              line leads to the request. It stays while the other client goes past it.
            </p>
          `}
          <ul>${CHANGES.map((each) => html`<li key=${each.text}><${Glyph} ...${each} /> ${each.text}</li>`)}</ul>
          <p>
            A line goes up to a change's stamp, and a dashed one down to the moment at which lists show it, where these
            differ from its commit.
          </p>
        </section>
        <section>
          <h3>Each client</h3>
          <ul>${REQUESTS.map((each) => html`<li key=${each.text}><${Glyph} ...${each} /> ${each.text}</li>`)}</ul>
          <p>
            <${Reach} /> A delta read reaches back to its watermark. A change whose stamp it does not reach is not
            delivered: dashed red is the time that was left out.
          </p>
          <p>
            A number stands for that many marks at one place. The wheel or a pinch zooms, dragging moves, and arrow keys
            go from mark to mark.
          </p>
        </section>
      </div>
    </details>
  `
}

function Reach() {
  return html`
    <svg class="axis-glyph reach" viewBox="0 0 36 18" width="36" height="18" aria-hidden="true">
      <path d="M2,2 V9 M2,5.5 H29 V11" class="line" /><circle cx="29" cy="14" r="3.5" class="full" />
    </svg>
  `
}
