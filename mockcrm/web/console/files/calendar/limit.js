// Which events the calendar is limited to: those of one calendar of the CRM, of one owner, or of both.

import { computed } from "@preact/signals"

import { address } from "../data/address.js"

/** What is asked for, as lists and new events take it. @typedef {{calendarId?: string, ownerId?: string}} Limit */

export const limit = computed(() => {
  const { calendar, owner } = address.value
  return /** @type {Limit} */ ({ ...(calendar && { calendarId: calendar }), ...(owner && { ownerId: owner }) })
})

/** @param {{calendarId: string, ownerId: string}} row */
export function isWithin({ calendarId, ownerId }) {
  const { calendarId: calendar = calendarId, ownerId: owner = ownerId } = limit.value
  return calendarId === calendar && ownerId === owner
}
