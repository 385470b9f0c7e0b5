// The shapes of the marks, around their middle, as paths of SVG: drawn on the canvas, in the legend and in the list.

import { html } from "htm/preact"

/** A closed shape, and lines upon it. @typedef {{outline: string, lines?: string}} Shape */

const DISC = "M-5.5,0 a5.5,5.5 0 1,0 11,0 a5.5,5.5 0 1,0 -11,0 Z"

/** @type {Record<string, Shape>} */
export const SHAPES = {
  created: { outline: DISC, lines: "M-2.8,0 H2.8 M0,-2.8 V2.8" },
  updated: { outline: "M0,-6.5 L6.5,0 L0,6.5 L-6.5,0 Z" },
  deleted: { outline: "M-5,-5 H5 V5 H-5 Z", lines: "M-2.4,-2.4 L2.4,2.4 M-2.4,2.4 L2.4,-2.4" },
  restored: {
    outline: "M0,-6.5 L5.5,-1 L5.5,5.5 L-5.5,5.5 L-5.5,-1 Z",
    lines: "M0,-2.8 V3 M-2.4,-0.4 L0,-2.8 L2.4,-0.4",
  },
  read: { outline: "M-4,0 a4,4 0 1,0 8,0 a4,4 0 1,0 -8,0 Z" },
  write: { outline: "M0,-6 L6,4.5 L-6,4.5 Z" },
}

/** Over a request that failed. */
export const CROSS = "M-3.5,-3.5 L3.5,3.5 M-3.5,3.5 L3.5,-3.5"
/** Above a request to which a fault was applied. */
export const BOLT = "M1.6,-7 L-4.2,1.2 L-0.8,1.2 L-1.6,7 L4.2,-1.2 L0.8,-1.2 Z"

/**
 * A mark beside a text.
 *
 * @param {{shape: string, tone?: string, hollow?: boolean, failed?: boolean, fault?: boolean}} props
 */
export function Glyph({ shape, tone = "", hollow = false, failed = false, fault = false }) {
  const { outline, lines } = SHAPES[shape]
  return html`
    <svg class=${`axis-glyph ${tone}`} viewBox="-12 -12 24 24" width="24" height="24" aria-hidden="true">
      <path d=${outline} class=${hollow || failed ? "hollow" : "full"} />
      ${lines && html`<path d=${lines} class=${hollow ? "line" : "cut"} />`}
      ${tone === "missed" && html`<circle r="10" class="line" />`}
      ${failed && html`<path d=${CROSS} class="line" />`}
      ${fault && html`<path d=${BOLT} class="bolt" />`}
    </svg>
  `
}
