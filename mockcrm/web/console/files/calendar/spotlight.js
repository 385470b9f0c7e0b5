// Where a tour plays, the calendar shows where: it goes to the time of the story, and what changed last stands out.

import { computed } from "@preact/signals"

import { isOfEvent } from "../data/changed.js"
import { changes } from "../data/feed.js"
import { timeText } from "../data/time.js"
import { touring } from "../data/tour.js"
import { FRAMED } from "../shell/layout.js"

/** The event that changed last; empty where no tour plays, and before anything happens. */
export const spotlit = computed(() => {
  const last = changes.value.findLast(isOfEvent)
  if (!touring.value || last === undefined) return ""
  // What the CRM has at first is no news.
  const isSetting = !FRAMED && last.op === "created" && last.origin === "crm"
  return isSetting ? "" : last.eventId
})

/** The hour to scroll to, one before the first event's; empty where no tour plays. */
export const storyTime = computed(() => {
  const first = changes.value.find(isOfEvent)?.after
  if (!touring.value || !first) return ""
  return `${String(Math.max(0, Number(timeText(first.startTime).slice(0, 2)) - 1)).padStart(2, "0")}:00`
})
