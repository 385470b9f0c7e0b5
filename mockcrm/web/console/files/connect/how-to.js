// How a client is connected to this sandbox.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { BASE, call } from "../data/api.js"
import { clock, life, mark, requests } from "../data/feed.js"
import { quoted } from "../data/posix.js"
import { Code, Link } from "../shell/parts.js"

/** @typedef {{credentials: string | null, deletions: string, listShape: string}} Dialect */

/** What the page says until the dialect is read. @type {Dialect} */
const PLAIN = { credentials: null, deletions: "asked", listShape: "object" }
const API = new URL("./api/v1", BASE).href

const DELETIONS = /** @type {Record<string, string | import("preact").VNode>} */ ({
  asked: html`Deleted events come as tombstones: with <code>showDeleted=true</code>, or from <code>/deletedEvents</code>.`,
  inline: html`Deleted events come as tombstones in each list with <code>since</code>.`,
  endpoint: html`Deleted events come as tombstones from <code>/deletedEvents</code>, and nowhere else.`,
  none: "This dialect does not report deletions: read everything from time to time, and compare.",
})

/** @returns {Dialect} */
function useDialect() {
  const [dialect, setDialect] = useState(PLAIN)
  useEffect(() => {
    call("GET", "/admin/dialect").then(setDialect, () => {})
  }, [life.value, mark.value])
  return dialect
}

export function HowTo() {
  const dialect = useDialect()
  const [since, setSince] = useState("")
  // The time when the panel was opened: a text that changes every second cannot be copied.
  useEffect(() => setSince(clock.peek()?.now ?? ""), [life.value])
  const deleted = dialect.deletions === "asked" ? "&showDeleted=true" : ""
  return html`
    <section>
      <h2>${requests.value.length ? "Connect another client" : "No client has come yet"}</h2>
      <p>Give your sync client this base URL. What it asks appears under <${Link} to=${{ panel: "traffic" }}>Traffic<//>.</p>
      <${Code} text=${API} label="Copy address" />
      <h3>Try it</h3>
      <${Code} text=${curl("/events", dialect)} />
      <p>Then ask only for what has changed since an instant:</p>
      <${Code} text=${curl(`/events?since=${since}${deleted}`, dialect)} />
      <${Rules} dialect=${dialect} />
      <h3>Or start the reference client</h3>
      <p>It syncs once, as a careful client does, and keeps its watermark in the folder. Run it again after you have changed something.</p>
      <${Code} text=${`mockcrm reference-client --url ${API} --state ./sync-state`} />
    </section>
  `
}

/** @param {{dialect: Dialect}} props */
function Rules({ dialect }) {
  return html`
    <h3>What a client does</h3>
    <ol>
      <li>${dialect.listShape === "array"
        ? html`It follows the address in the header <code>Link</code> until an answer has none.`
        : html`The events are in <code>records</code>. It asks for the next page with <code>nextPageToken</code> until that is null, and keeps the <code>asOf</code> of the first page: the watermark for its next <code>since</code>.`}</li>
      <li>${DELETIONS[dialect.deletions]}</li>
      <li>A header <code>X-Mockcrm-Client: my-sync</code> gives it the name that you see here. Without the header, all are one client.</li>
      ${dialect.credentials !== null && html`
        <li>This dialect asks for credentials: each request has the header <code>Authorization: Bearer ${dialect.credentials}</code>.</li>`}
    </ol>
  `
}

/** @param {string} path @param {Dialect} dialect */
function curl(path, { credentials }) {
  const header = credentials === null ? "" : ` -H ${quoted(`Authorization: Bearer ${credentials}`)}`
  return `curl -s${header} ${quoted(API + path)}`
}
