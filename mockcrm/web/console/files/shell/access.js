// Says calmly why the page shows nothing new: it needs a token, the server is away, the sandbox is gone.

import { html } from "htm/preact"
import { useEffect, useRef, useState } from "preact/hooks"

import { access, call, pageOf, SANDBOX, useToken } from "../data/api.js"
import { mark } from "../data/feed.js"
import { ownTimeText } from "../data/time.js"

const MOST_LISTED = 20

/** A line above the page; or the page itself, while it has nothing to show. */
export function Access() {
  const { state } = access.value
  if (state === "open") return null
  const Text = { asksToken: TokenForm, shut: Shut, gone: Gone, lost: Lost }[state]
  return mark.value === null
    ? html`<main class="gate"><div class="card"><${Text} /></div></main>`
    : html`<div class="notice" role="status" aria-label="Connection"><${Text} /></div>`
}

function Shut() {
  return html`<h2>The controls are shut</h2><p>${access.value.why}</p>`
}

function Lost() {
  const since = ownTimeText(access.value.since ?? Date.now())
  return html`
    <h2>The server does not answer</h2>
    <p>
      Since ${since} by your clock. ${mark.value === null ? "" : "You see the state of that moment. "}The page asks again by
      itself, and goes on when the server is back.
    </p>
  `
}

function Gone() {
  const [others, setOthers] = useState(/** @type {{name: string}[]} */ ([]))
  useEffect(() => {
    call("GET", "/admin/sandboxes").then(({ sandboxes }) => setOthers(sandboxes), () => {})
  }, [])
  const shown = others.filter(({ name }) => name !== "default").slice(0, MOST_LISTED)
  return html`
    <h2>There is no sandbox ${SANDBOX}</h2>
    <p>It was deleted, or never made. The sandboxes of this server:</p>
    <ul class="others">
      <li><a href=${pageOf("default")}>default</a></li>
      ${shown.map(({ name }) => html`<li key=${name}><a href=${pageOf(name)}>${name}</a></li>`)}
    </ul>
  `
}

function TokenForm() {
  const { why, trying } = access.value
  const field = useRef(/** @type {HTMLInputElement | null} */ (null))
  useEffect(() => field.current?.focus(), [])
  useEffect(() => {
    if (why && !trying) field.current?.select()
  }, [why, trying])
  /** @param {SubmitEvent} event */
  const enter = (event) => {
    event.preventDefault()
    useToken(field.current?.value.trim() ?? "")
  }
  return html`
    <form class="token" onSubmit=${enter}>
      <h2>This server asks for a token</h2>
      <p>It is what <code>--admin-token</code> or <code>MOCKCRM_ADMIN_TOKEN</code> was when the server was started. Only this tab keeps it, until you close it.</p>
      <div class="row">
        <label for="token">Token</label>
        <input ref=${field} id="token" type="password" autocomplete="off" required aria-describedby="token-wrong" />
        <button class="primary">Open</button>
      </div>
      <p id="token-wrong" class="problem" role="alert">${trying ? "" : why}</p>
    </form>
  `
}
