// Above the grid: where in time it stands, the views, search, and a new event.

import { html } from "htm/preact"

import { go } from "../data/address.js"
import { now, zone } from "../data/time.js"
import { shortcut } from "../shell/keys.js"
import { newDraftAt } from "./draft.js"
import { edit } from "./form.js"
import { Search } from "./search.js"
import { shownDay, shownRange, shownView, today, views } from "./views.js"
import { instantOf } from "../data/walltime.js"

const TITLES = { day: "Day", week: "Week", month: "Month", list: "List" }

shortcut("n", "New event", startEvent)
shortcut("t", "Today, in the sandbox", goToday)

/** A new event begins at the next full hour of the sandbox, or at nine of the day that is shown. */
function startEvent() {
  const nextHour = Math.ceil((now.peek() ?? 0) / 3_600_000) * 3_600_000
  edit(newDraftAt(shownDay.peek() === today.peek() ? nextHour : instantOf(`${shownDay.peek()}T09:00`, zone.peek())))
}

function goToday() {
  go({ date: "" })
}

/** Another week, month or day. @param {1 | -1} way */
function step(way) {
  const day = new Date(`${shownDay.peek()}T00:00:00Z`)
  if (shownView.peek() === "month") day.setUTCMonth(day.getUTCMonth() + way, 1)
  else day.setUTCDate(day.getUTCDate() + way * (shownView.peek() === "day" ? 1 : 7))
  go({ date: day.toISOString().slice(0, 10) })
}

/** @param {{name?: string}} props */
export function Toolbar({ name }) {
  const unit = shownView.value === "list" ? "week" : shownView.value
  return html`
    <div class=${`toolbar ${name === undefined ? "" : "named"}`}>
      ${name !== undefined && html`<h2 class="calendar-name"><bdi>${name}</bdi></h2>`}
      <div class="together" role="group" aria-label="Time shown">
        <button aria-label=${`Previous ${unit}`} onClick=${() => step(-1)}>‹</button>
        <button onClick=${goToday}>Today</button>
        <button aria-label=${`Next ${unit}`} onClick=${() => step(1)}>›</button>
      </div>
      <h2 class="range" aria-live="polite">${shownRange.value?.title}</h2>
      <div class="together" role="group" aria-label="View">
        ${views.value.map(
          (view) =>
            html`
              <button key=${view} aria-pressed=${view === shownView.value} onClick=${() => go({ view })}>
                ${TITLES[view]}
              </button>
            `,
        )}
      </div>
      ${name === undefined && html`<${Search} />`}
      <${NewEvent} named=${name !== undefined} />
    </div>
  `
}

/** @param {{named: boolean}} props */
function NewEvent({ named }) {
  if (!named) return html`<button class="primary" onClick=${startEvent}>New event</button>`
  return html`<button class="primary plus" aria-label="New event" title="New event" onClick=${startEvent}>+</button>`
}
