// The lag of lists, which is a knob of the dialect and not a fault rule, but belongs among the presets.

import { html } from "htm/preact"

import { act } from "../data/actions.js"
import { Link } from "../shell/parts.js"

const LAG = "PT30S"

/** @param {{dialect: Record<string, any> | null, read: () => Promise<void>}} props */
export function IndexLag({ dialect, read }) {
  const lag = dialect?.indexLag ?? null
  /** @param {string | null} to @param {string} done @param {() => void} [undo] */
  const set = async (to, done, undo) => {
    await act("PATCH", "/admin/dialect", { indexLag: to }, { done, undo })
    await read()
  }
  const off = (/** @type {(() => void) | undefined} */ undo) => set(null, "Lists are up to date again.", undo)
  const toggle = () =>
    lag === null
      ? set(LAG, "From now on lists show a write 30 s later.", () => off(undefined))
      : off(() => set(lag, "Lists lag behind again."))
  return html`
    <div class=${`preset ${lag === null ? "" : "on"}`}>
      <button aria-pressed=${lag !== null} aria-describedby="preset-lag" disabled=${dialect === null} onClick=${toggle}>
        Index lag
      </button>
      <p id="preset-lag">Lists show a write only 30 seconds later. Reads by id show it at once.</p>
      <p class="scope">
        ${lag === null ? "until switched off" : `on: ${lag}`} · any client · ${" "}
        <${Link} to=${{ panel: "dialect", filter: "indexLag" }}>a knob of the dialect<//>
      </p>
    </div>
  `
}
