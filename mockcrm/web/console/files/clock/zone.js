// The zone that is chosen, by its name in short.

import { zone } from "../data/time.js"

/** The zone in short, as it is at an instant: `UTC`, `CET`. @param {number} at */
export function zoneText(at) {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone.value, timeZoneName: "short" })
  return format.formatToParts(new Date(at)).find(({ type }) => type === "timeZoneName")?.value ?? zone.value
}
