// Says calmly why the page shows nothing new: it needs a token, the server is away, the sandbox is gone.

import { html } from "htm/preact"

import { access, SANDBOX, useToken } from "../data/api.js"

export function Access() {
  const { state, why } = access.value
  if (state === "open") return null
  if (state === "asksToken") return html`<${TokenForm} why=${why} />`
  const texts = {
    shut: why,
    gone: `The sandbox ${SANDBOX} is not there (any more).`,
    lost: "The server does not answer. This page shows what it knew last, and asks again every second.",
  }
  return html`<div class="notice" role="alert">${texts[state]}</div>`
}

/** @param {{why?: string}} props */
function TokenForm({ why }) {
  /** @param {SubmitEvent} event */
  const enter = (event) => {
    event.preventDefault()
    const form = /** @type {HTMLFormElement} */ (event.target)
    useToken(String(new FormData(form).get("token")).trim())
  }
  return html`
    <form class="notice token" onSubmit=${enter}>
      <label for="token">This server wants the admin token. ${why}</label>
      <input id="token" name="token" type="password" autocomplete="off" required autofocus />
      <button class="primary">Enter</button>
    </form>
  `
}
