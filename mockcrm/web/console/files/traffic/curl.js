// A request as a command for a POSIX shell. What it does is what the client asked, as far as the journal tells.

import { BASE } from "../data/api.js"
import { writeJson } from "../data/json.js"
import { quoted } from "../data/posix.js"
import { parametersOf } from "./words.js"

/** @typedef {import("../data/types.js").Entry} Entry */

/** Headers that curl makes by itself, or that say how the original was sent. */
const OWN = new Set([
  "accept-encoding", "connection", "content-encoding", "content-length", "expect", "host", "keep-alive", "te",
  "trailer", "transfer-encoding", "upgrade",
])
const MASKED = "***"
/** Linux takes no longer argument than 128 KiB. */
const LONGEST_ARGUMENT = 30000

/**
 * The names of the headers and parameters that the journal masks, and a command therefore leaves out.
 *
 * @param {Entry} entry
 */
export function leftOut(entry) {
  return [...Object.entries(entry.headers), ...parametersOf(entry)]
    .filter(([, value]) => value.includes(MASKED))
    .map(([name]) => name)
}

/** @param {Entry} entry */
export function curlOf(entry) {
  const body = bodyOf(entry)
  const asIs = entry.path.includes("/.") ? "--path-as-is " : ""
  const lines = [
    `curl ${methodOf(entry, body)}${asIs}--globoff ${quoted(addressOf(entry))}`,
    ...headersOf(entry, body).map((header) => `-H ${quoted(header)}`),
  ]
  if (body !== null && body.length <= LONGEST_ARGUMENT) lines.push(`--data-raw ${quoted(body)}`)
  const command = lines.join(" \\\n  ")
  if (body === null || body.length <= LONGEST_ARGUMENT) return command
  const end = delimiterFor(body)
  return `${command} \\\n  --data-binary @- <<'${end}'\n${body.replaceAll("\0", "")}\n${end}`
}

/** A line that a body does not have. @param {string} body */
function delimiterFor(body) {
  let end = "END"
  while (body.includes(end)) end += "_"
  return end
}

/** @param {Entry} entry @param {string | null} body */
function methodOf({ method }, body) {
  if (method === "HEAD") return "--head "
  return method === "GET" && body === null ? "" : `-X ${quoted(method)} `
}

/** @param {Entry} entry */
function addressOf(entry) {
  const query = parametersOf(entry)
    .filter(([, value]) => !value.includes(MASKED))
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .join("&")
  return BASE.href.replace(/\/$/, "") + entry.path + (query ? `?${query}` : "")
}

/** As in a query; what is harmless there stays readable. @param {string} text */
function encoded(text) {
  return encodeURIComponent(text.toWellFormed()).replace(/%(3A|2C|2F|40)/g, decodeURIComponent)
}

/** @param {Entry} entry @param {string | null} body */
function headersOf({ headers }, body) {
  const sent = Object.entries(headers).filter(([name]) => !OWN.has(name.toLowerCase()))
  const given = sent.filter(([, value]) => !value.includes(MASKED))
  const typed = given.some(([name]) => name.toLowerCase() === "content-type")
  // Without one, curl would name a type of its own.
  const all = body === null || typed ? given : [...given, ["Content-Type", ""]]
  return all.map(([name, value]) => (value === "" ? emptyHeader(name, typed) : `${name}: ${value}`))
}

/** An empty header ends in `;`, and one that is not to be sent in `:`. @param {string} name @param {boolean} typed */
function emptyHeader(name, typed) {
  return name === "Content-Type" && !typed ? `${name}:` : `${name};`
}

/** The body as it may have been sent; null if there was none. @param {Entry} entry */
export function bodyOf({ body, code }) {
  if (body === null || body === undefined) return null
  return typeof body === "string" && code !== "event.invalid" ? body : writeJson(body)
}
