// Why, while a tour plays, nobody else may do what would disturb it.

import { touring } from "../data/tour.js"

export const TOURING = "A tour plays, with a client of its own. End it to sync, switch and edit by hand."
/** Where the page says so. */
export const REASON_ID = "why-not-in-a-tour"

/** The attributes of a button that would disturb a tour; empty while none plays. */
export function undisturbed() {
  return touring.value ? { disabled: true, title: TOURING, "aria-describedby": REASON_ID } : {}
}
