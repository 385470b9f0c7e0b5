// The scenario that is loaded: what is awaited, what has happened, what comes; and the verdict at its end.

import { html } from "htm/preact"

import { FindingLinks } from "../audit/naming.js"
import { referenceClient } from "../audit/nothing.js"
import { Prose } from "../audit/prose.js"
import { BASE } from "../data/api.js"
import { findings } from "../data/feed.js"
import { writeJson } from "../data/json.js"
import { Code, Copy, counted, Link, Verdict } from "../shell/parts.js"
import { end, latest, next, startAgain, stepping } from "./loaded.js"
import { Steps } from "./steps.js"
import { Story } from "./story.js"
import { mailboxWords } from "./words.js"

/** @typedef {import("./loaded.js").Run} Loaded */

const MOST_SAID = 20

/** @param {{run: Loaded}} props */
export function Run({ run }) {
  const title = run.title || "A scenario without a title"
  if (!run.steps.length) {
    return html`<p class="only-start">Loaded: <b>${title}</b>. It is a start state, and has no steps.</p>`
  }
  return html`
    <section class="run" aria-label="Loaded scenario">
      <h3>${title}</h3>
      <div role="status">${run.done ? html`<${AtEnd} run=${run} />` : html`<${Awaited} run=${run} />`}</div>
      <${Buttons} run=${run} />
      ${!run.done && html`<${Mailbox} run=${run} />`}
      ${!run.done && run.syncs > 0 && html`<${WithoutClient} />`}
      <${Steps} run=${run} />
      <details><summary>The story</summary><${Story} story=${run.story} /></details>
    </section>
  `
}

/** @param {Loaded} run */
function syncsIn({ steps }) {
  return steps.filter((step) => step === "sync").length
}

/** @param {{run: Loaded}} props */
function Awaited({ run }) {
  const all = syncsIn(run)
  if (run.syncs === 0) {
    const ahead = all ? `the first of ${counted(all, "sync")}` : "its end"
    return html`<p class="awaited">Not begun. Begin, and the scenario runs on to ${ahead}.</p>`
  }
  const came = run.asked.at(-1)
  return html`
    <p class="awaited">Sync now: the scenario waits for your client's sync ${run.syncs} of ${all}.</p>
    <p class=${came ? "came" : "not-yet"}>
      ${came
        ? "✓ A request has come. Go on when the sync is complete."
        : "No request has come at this sync yet. Without one, there is no verdict."}
    </p>
  `
}

/** @param {{run: Loaded}} props */
function AtEnd({ run: { verdict, reasons, failures } }) {
  const besides = failures.filter((each) => !reasons.includes(each))
  return html`
    <p><${Verdict} verdict=${verdict} large /></p>
    ${verdict === "passed" && !reasons.length && html`<p>Your client withstood it.</p>`}
    <ul class="why">
      ${[...reasons, ...besides]
        .slice(0, MOST_SAID)
        .map((each) => html`<li key=${each}><${Prose} text=${each} /></li>`)}
    </ul>
    <${FindingLinks} several=${[...findings.value.values()].filter(({ severity }) => severity !== "note")} />
    <p><${Link} to=${{ panel: "audit", open: "", filter: "" }}>All that the audit says<//></p>
  `
}

/** @param {{run: Loaded}} props */
function Buttons({ run }) {
  const all = syncsIn(run)
  const onward = run.syncs < all ? `Go on to sync ${run.syncs + 1}` : "Go on to the end"
  return html`
    <div class="buttons">
      ${!run.done && html`
        <button class="primary" aria-disabled=${stepping.value} onClick=${() => stepping.value || next()}>
          ${run.place === 0 ? "Begin" : onward}
        </button>`}
      <button class=${run.done ? "primary" : ""} onClick=${startAgain}>Start again</button>
      <button onClick=${end}>End the scenario</button>
      ${stepping.value && html`<span class="waits" role="status">Waiting for requests that are under way …</span>`}
    </div>
  `
}

/** What the client's user has done since the sync before. @param {{run: Loaded}} props */
function Mailbox({ run }) {
  const actions = /** @type {Record<string, unknown>[]} */ (latest.value?.mailbox ?? mailboxSince(run))
  if (!actions.length) return null
  return html`
    <div class="mailbox">
      <h4>In the calendar on the other side</h4>
      <p>Have your client carry this over with its sync:</p>
      <ul>${actions.map((each) => html`<li>${mailboxWords(each)}</li>`)}</ul>
      <${Copy} text=${writeJson(actions, 2)} label="Copy as JSON" />
    </div>
  `
}

/** The same from the steps alone, where another than this page has made the step. @param {Loaded} run */
function mailboxSince({ steps, place, syncs }) {
  if (syncs === 0) return []
  const before = steps.slice(0, place - 1)
  const since = before.slice(before.lastIndexOf("sync") + 1)
  return since.flatMap((step) => /** @type {{mailbox?: Record<string, unknown>}} */ (step).mailbox ?? [])
}

function WithoutClient() {
  return html`
    <details class="without-client">
      <summary>No client at hand?</summary>
      <p>
        The client's address is <code>${new URL("api/v1", BASE).href}</code>. The reference client syncs once by this
        command:
      </p>
      <${Code} text=${referenceClient()} />
      <p>This one is careless:</p>
      <${Code} text=${referenceClient("no safety nets")} />
    </details>
  `
}
