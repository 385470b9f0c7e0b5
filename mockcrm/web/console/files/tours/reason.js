// Why, while a tour plays, nobody else may do what would disturb it.

import { computed } from "@preact/signals"

import { tourName } from "../data/tour.js"

/** Whether a tour plays. */
export const touring = computed(() => tourName.value !== "")
export const TOURING = "A tour plays, with a client of its own. End it to sync, switch and edit by hand."
