// Calls of the controls, with the token if they want one. Whatever is shown comes through here.

import { signal } from "@preact/signals"

/** The address of the sandbox, with a slash at its end: `/` or `/sandboxes/{name}/`. */
export const BASE = new URL(".", document.baseURI)

/** The name of the sandbox that this page shows. */
export const SANDBOX = decodeURIComponent(BASE.pathname.match(/\/sandboxes\/([^/]+)\/$/)?.[1] ?? "default")

const TOKEN = "mockcrm.adminToken"

/**
 * Whether the server answers: `open`; `asksToken` if it wants a token, `shut` if it refuses this page, `gone` if there
 * is no such sandbox (any more), and `lost` if no answer comes. `why` is the sentence of the refusal.
 *
 * @type {import("@preact/signals").Signal<{state: "open" | "asksToken" | "shut" | "gone" | "lost", why?: string}>}
 */
export const access = signal({ state: "open" })

/** A refusal by the server: its status, its code, and a sentence that tells what to do. */
export class Refused extends Error {
  /** @param {number} status @param {{code?: string, message?: string, details?: Record<string, any>}} body */
  constructor(status, body) {
    super(body.message ?? `The server answered ${status}.`)
    this.status = status
    this.code = body.code ?? ""
    this.details = body.details ?? {}
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor() {
    super("The server does not answer.")
  }
}

/** Keep the token for this tab, and try again with it. @param {string} token */
export function useToken(token) {
  sessionStorage.setItem(TOKEN, token)
  access.value = { state: "open" }
}

/**
 * Call a control, and take its JSON: `call("GET", "/admin/clock")`. Paths are those below the sandbox.
 * `headers` are sent too. Throws `Refused` or `Unreachable`.
 *
 * @param {string} method @param {string} path @param {unknown} [body] @param {Record<string, string>} [headers]
 * @returns {Promise<any>}
 */
export async function call(method, path, body, headers = {}) {
  return (await callTagged(method, path, body, headers)).body
}

/**
 * As `call`, and take the answer's entity tag too (`If-Match` wants it); it is empty where there is none.
 *
 * @param {string} method @param {string} path @param {unknown} [body] @param {Record<string, string>} [headers]
 * @returns {Promise<{body: any, tag: string}>}
 */
export async function callTagged(method, path, body, headers = {}) {
  const answer = await send(method, path, body, headers)
  const text = await answer.text()
  const parsed = text === "" ? null : parse(text)
  if (answer.ok) {
    if (access.value.state !== "open") access.value = { state: "open" }
    return { body: parsed, tag: answer.headers.get("ETag") ?? "" }
  }
  const refused = new Refused(answer.status, parsed ?? {})
  noteRefusal(refused)
  throw refused
}

/** @param {string} method @param {string} path @param {unknown} body @param {Record<string, string>} headers */
async function send(method, path, body, headers) {
  const token = sessionStorage.getItem(TOKEN)
  try {
    return await fetch(new URL(`.${path}`, BASE), {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
    })
  } catch {
    if (access.value.state === "open") access.value = { state: "lost" }
    throw new Unreachable()
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return { message: text.slice(0, 200) }
  }
}

/** @param {Refused} refused */
function noteRefusal(refused) {
  if (refused.status === 401) access.value = { state: "asksToken", why: refused.message }
  else if (refused.code === "admin.forbidden") access.value = { state: "shut", why: refused.message }
  else if (refused.code === "sandbox.notFound") access.value = { state: "gone", why: refused.message }
}
