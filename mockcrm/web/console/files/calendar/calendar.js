// The calendar: week, month, list, or a day.

import { html } from "htm/preact"

export function Calendar() {
  return html`<p class="todo">Calendar</p>`
}
