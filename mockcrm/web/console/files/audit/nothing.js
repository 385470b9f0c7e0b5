// What the findings say while there is none: what was judged, what was not, and what to do next.

import { html } from "htm/preact"

import { BASE } from "../data/api.js"
import { audit } from "../data/feed.js"
import { firstUntil } from "../data/knowledge.js"
import { dateTimeText } from "../data/time.js"
import { Code, counted, Empty, Link } from "../shell/parts.js"

/** The command that has the reference client sync once with this sandbox. @param {string} [careless] */
export function referenceClient(careless) {
  const how = careless ? ` --mutant "${careless}"` : ""
  return `mockcrm reference-client --url "${new URL("api/v1", BASE)}" --state my-sync${how}`
}

export function NothingFound() {
  const clients = audit.value?.clients ?? []
  if (audit.value === null) return null
  return clients.length ? html`<${NoFindings} clients=${clients} />` : html`<${NoClient} />`
}

function NoClient() {
  return html`
    <${Empty} heading="Let a client sync">
      <p>
        The audit judges a sync client by its requests alone: what it asked for, what was delivered to it, and what it
        wrote. Point yours at this sandbox: <${Link} to=${{ panel: "connect" }}>Connect<//> says how.
      </p>
      <p>Or let the reference client sync once:</p>
      <${Code} text=${referenceClient()} />
      <p>
        Then move a meeting in the calendar, or delete one, and run it again. This one is careless, and misses
        deletions:
      </p>
      <${Code} text=${referenceClient("no tombstones")} />
    <//>
  `
}

/** @param {{clients: import("../data/types.js").Client[]}} props */
function NoFindings({ clients }) {
  const requests = clients.reduce((sum, each) => sum + each.stats.requests, 0)
  const events = clients.reduce((sum, each) => sum + each.stats.events, 0)
  const pending = clients.reduce((sum, each) => sum + each.pending, 0)
  const unjudged = clients.filter(({ verdict }) => verdict === "inconclusive").length
  return html`
    <${Empty} heading="No findings">
      <p>
        Judged: ${counted(requests, "request")} of ${counted(clients.length, "client")}, with${" "}
        ${counted(events, "event")} delivered.
        ${unjudged > 0 && ` Not judged, or not wholly: ${counted(unjudged, "client")}, for the reasons above.`}
        ${" "}The audit does not see what a client stored: to judge that, compare its replica below.
      </p>
      ${pending > 0 && html`<${Pending} count=${pending} clients=${clients} />`}
      <p>
        Try it: drag a meeting in the calendar, let the client sync again, and see whether it notices. Or make it hard
        for the client: edit a meeting and open “Stage a hazard” in its form, or use a${" "}
        <${Link} to=${{ panel: "scenario" }}>scenario<//> or a${" "}
        <${Link} to=${{ panel: "faults" }}>fault<//>.
      </p>
    <//>
  `
}

/** @param {{count: number, clients: import("../data/types.js").Client[]}} props */
function Pending({ count, clients }) {
  const until = firstUntil(clients.filter(({ pending }) => pending > 0).map(({ client }) => client))
  return html`
    <p>
      ${counted(count, "change")} pending: a read that the client may still make would bring${" "}
      ${count === 1 ? "it" : "them"}. Let the client sync again.
      ${until !== null &&
      html`${" "}The audit waits until <time datetime=${until}>${dateTimeText(until)}</time>: it may read everything again,
        as it did before. Move the clock past that time, and the audit decides.`}
    </p>
  `
}
