// How a change is made: a late commit, a back-dated stamp and the like are staged by hand here.

import { html } from "htm/preact"

import { Check, Field, problemAt } from "./fields.js"

const KEEP_STAMP = "Keep the stamp: a new version, but lastModifiedAt stays"

/** @typedef {import("./draft.js").Draft} Draft */

const LATER =
  "A duration such as 5m. The change is committed and stamped now, and lists show it only later. A client misses it " +
  "if its watermark moves past the stamp meanwhile: change another meeting, and let the client sync before this one " +
  "appears."
const STAMPED =
  "What lastModifiedAt says: an instant, or a duration from now, such as -1h. A client misses a stamp before its " +
  "watermark."

/**
 * @param {{draft: Draft, problems: import("./fields.js").Problems, isNew: boolean,
 *   onChange: (change: Partial<Draft>) => void}} props
 */
export function Staging({ draft, problems, isNew, onChange }) {
  /** @param {string} name */
  const set = (name) => (/** @type {unknown} */ value) => onChange({ [name]: value })
  const wrong = ["visibleAfter", "stamp", "by", "bump"].some((name) => problemAt(problems, name))
  return html`
    <details class="staging" open=${wrong || undefined}>
      <summary>Stage a hazard: when this change shows, and what its stamp says</summary>
      <div class="times">
        <${Field} label="Visible only after" value=${draft.visibleAfter} onChange=${set("visibleAfter")}
          problem=${problemAt(problems, "visibleAfter")}
          hint=${LATER} />
        <${Field} label="Stamp" value=${draft.stamp} onChange=${set("stamp")} problem=${problemAt(problems, "stamp")}
          hint=${STAMPED} />
        <${Field} label="By" value=${draft.by} onChange=${set("by")} problem=${problemAt(problems, "by")}
          hint="Who makes the change, as the change log names them." />
      </div>
      ${isNew || html`<${Check} label=${KEEP_STAMP} checked=${draft.keepStamp} onChange=${set("keepStamp")} />`}
      ${problemAt(problems, "bump") && html`<p class="problem">${problemAt(problems, "bump")}</p>`}
    </details>
  `
}
