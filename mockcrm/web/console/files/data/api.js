// Calls of the controls, with the token if they want one. Whatever is shown comes through here.

import { signal } from "@preact/signals"

import { parseJson, writeJson } from "./json.js"
import { tab } from "./stored.js"

/** The address of the sandbox, with a slash at its end: `/` or `/sandboxes/{name}/`. */
export const BASE = new URL(".", document.baseURI)

const NAMED = BASE.pathname.match(/\/sandboxes\/([^/]+)\/$/)

/** The address of the server, which is also that of the sandbox `default`. */
export const ROOT = NAMED ? new URL("../../", BASE) : BASE

/** The name of the sandbox that this page shows. */
export const SANDBOX = decodeURIComponent(NAMED?.[1] ?? "default")

/** The page of a sandbox; `hash` is the part of its address that says what is shown. @param {string} name @param {string} [hash] */
export function pageOf(name, hash = "") {
  return new URL(name === "default" ? `./${hash}` : `sandboxes/${encodeURIComponent(name)}/${hash}`, ROOT).href
}

const TOKEN = "mockcrm.adminToken"
/** Calls about the server, not about the sandbox that is shown. */
const OF_SERVER = "/admin/sandboxes"

/**
 * Whether the server answers: `open`; `asksToken` if it wants a token, `shut` if it refuses this page, `gone` if there
 * is no such sandbox (any more), and `lost` if no answer comes. `why` is the sentence of the refusal; `since` is when it
 * began, by the viewer's own clock; `trying` says that a token was entered and is not known to be wrong.
 *
 * @typedef {"open" | "asksToken" | "shut" | "gone" | "lost"} AccessState
 * @type {import("@preact/signals").Signal<{state: AccessState, why?: string, since?: number, trying?: boolean}>}
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
  tab.set(TOKEN, token)
  access.value = { ...access.value, trying: true }
}

/**
 * Call a control, and take its JSON: `call("GET", "/admin/clock")`. Paths are those below the sandbox. A body is JSON,
 * or a file that holds it. `headers` are sent too. Whole numbers beyond 2^53 are BigInts, in bodies too. Throws
 * `Refused` or `Unreachable`.
 *
 * @param {string} method @param {string} path @param {unknown} [body] @param {Record<string, string>} [headers]
 * @param {{seconds?: number}} [options] how long to wait for the answer
 * @returns {Promise<any>}
 */
export async function call(method, path, body, headers = {}, { seconds } = {}) {
  return (await callTagged(method, path, body, headers, { seconds })).body
}

/**
 * As `call`, and take the answer's entity tag too (`If-Match` wants it); it is empty where there is none.
 *
 * @param {string} method @param {string} path @param {unknown} [body] @param {Record<string, string>} [headers]
 * @param {{seconds?: number}} [options]
 * @returns {Promise<{body: any, tag: string}>}
 */
export async function callTagged(method, path, body, headers = {}, { seconds } = {}) {
  const answer = await send(method, path, body, headers, seconds)
  const text = await complete(() => answer.text())
  const parsed = text === "" ? null : parse(text)
  if (!answer.ok) throw refusal(path, answer.status, parsed)
  noteAnswer(path)
  return { body: parsed, tag: answer.headers.get("ETag") ?? "" }
}

/** A control's answer as a file. Throws `Refused` or `Unreachable`. @param {string} path */
export async function fetchFile(path) {
  const answer = await send("GET", path, undefined, {})
  if (!answer.ok) throw refusal(path, answer.status, parse(await complete(() => answer.text())))
  noteAnswer(path)
  return complete(() => answer.blob())
}

/**
 * @param {string} method @param {string} path @param {unknown} body @param {Record<string, string>} headers
 * @param {number} [seconds]
 */
function send(method, path, body, headers, seconds) {
  const token = tab.get(TOKEN)
  return complete(() =>
    fetch(new URL(`.${path}`, path.startsWith(OF_SERVER) ? ROOT : BASE), {
      method,
      body: body === undefined || body instanceof Blob ? body : writeJson(body),
      signal: seconds === undefined ? null : AbortSignal.timeout(seconds * 1000),
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
    }),
  )
}

/** Wait for an answer, or a part of it; note it if none comes. @template T @param {() => Promise<T>} part */
async function complete(part) {
  try {
    return await part()
  } catch {
    if (access.value.state === "open") access.value = { state: "lost", since: Date.now() }
    throw new Unreachable()
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return parseJson(text)
  } catch {
    return { message: text.slice(0, 200) }
  }
}

/** @param {string} path */
function noteAnswer(path) {
  const { state } = access.value
  if (state === "open" || (path.startsWith(OF_SERVER) && state === "gone")) return
  access.value = { state: "open" }
}

/** @param {string} path @param {number} status @param {any} body An error of the server, or another page's text. */
function refusal(path, status, body) {
  const refused = new Refused(status, body ?? {})
  if (status === 401) askToken(refused)
  else if (refused.code === "admin.forbidden") note("shut", refused.message)
  else if (refused.code === "sandbox.notFound" && !path.startsWith(OF_SERVER)) note("gone", refused.message)
  return refused
}

/** @param {Refused} refused */
function askToken({ code, message }) {
  if (code === "credentials.invalid") tab.forget(TOKEN)
  // The first to be refused says why: the others were under way with the same token.
  if (access.value.state === "asksToken" && code === "credentials.missing" && !access.value.trying) return
  access.value = { state: "asksToken", why: code === "credentials.invalid" ? message : undefined }
}

/** @param {AccessState} state @param {string} why */
function note(state, why) {
  if (access.value.state !== state) access.value = { state, why, since: Date.now() }
}
