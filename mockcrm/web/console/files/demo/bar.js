// What an audience asks for, on one line: an edit, trouble, a new start, large type, details.

import { signal } from "@preact/signals"
import { html } from "htm/preact"

import { address, go } from "../data/address.js"
import { letColleagueEdit, resetDemo } from "../data/demo.js"
import { Dialog, DialogForm } from "../shell/dialogs.js"
import { largeType } from "../shell/large-type.js"
import { tell } from "../shell/messages.js"
import { beginAnew } from "../shell/notices.js"
import { Link } from "../shell/parts.js"
import { losses } from "../shell/sandbox-end.js"
import { TakeBundle } from "../shell/take.js"
import { undisturbed } from "../tours/reason.js"
import { Tours } from "../tours/tours.js"
import { Trouble } from "./trouble.js"

const resetting = signal(false)

export function Bar() {
  return html`
    <section class="stage-bar" aria-label="Demo">
      <button onClick=${editAsColleague} ...${undisturbed()}>A colleague edits now</button>
      <${Trouble} />
      <span class="gap"></span>
      <${Tours} />
      <${TakeBundle} title="Save what happened" />
      <button onClick=${() => (resetting.value = true)}>Reset …</button>
      <button aria-pressed=${largeType.value} onClick=${() => (largeType.value = !largeType.value)}>Large type</button>
      <${Link} to=${{ layout: "workbench" }} class="to-layout">Workbench<//>
      <${Details} />
      ${resetting.value && html`<${Reset} />`}
    </section>
  `
}

async function editAsColleague() {
  const sentence = await letColleagueEdit()
  if (sentence) tell(sentence)
}

/** Opens and shuts the drawer. */
function Details() {
  const open = address.value.area === "panel"
  const toggle = () => {
    go({ area: open ? "calendar" : "panel" })
    if (!open) requestAnimationFrame(() => document.getElementById("details")?.focus())
  }
  return html`
    <button
      id="to-details" class="to-details" aria-expanded=${open} aria-controls=${open ? "details" : undefined}
      onClick=${toggle}
    >Details</button>
  `
}

function Reset() {
  const reset = () => beginAnew("The demo has begun anew.", resetDemo)
  return html`
    <${Dialog} title="Begin the demo anew?" onClose=${() => (resetting.value = false)} class="sandbox-form">
      <p>Both calendars, the client and the clock go back to the start. This is lost: ${losses()}. There is no undo.</p>
      <${DialogForm} verb="Reset" danger does=${reset} onDone=${() => (resetting.value = false)}><//>
    <//>
  `
}
