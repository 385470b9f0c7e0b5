// Instants as a clock on the wall of a time zone shows them, and back: what the fields of a form hold. A time that
// the zone leaves out in spring is the one an hour later.

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map()

/** @param {string} zone */
function formatOf(zone) {
  const known =
    formats.get(zone) ??
    new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      fractionalSecondDigits: 3,
      hourCycle: "h23",
    })
  formats.set(zone, known)
  return known
}

/** `2026-03-02T09:00:00.000` @param {number} at @param {string} zone */
function preciseWall(at, zone) {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]),
  )
  const { year, month, day, hour, minute, second, fractionalSecond } = parts
  return `${year.padStart(4, "0")}-${month}-${day}T${hour}:${minute}:${second}.${fractionalSecond}`
}

/** `2026-03-02T09:00`, with seconds where there are some. @param {number} at @param {string} zone */
export function wallOf(at, zone) {
  return preciseWall(at, zone).replace(/(:00)?\.000$/, "")
}

/** The instant at which such a clock shows this; NaN if it is no time. @param {string} wall @param {string} zone */
export function instantOf(wall, zone) {
  const asUtc = Date.parse(`${wall}Z`)
  if (Number.isNaN(asUtc)) return NaN
  let found = asUtc
  // Twice, since the offset may be another one there, where the clocks are changed.
  for (let round = 0; round < 2; round += 1) found = asUtc - (Date.parse(`${preciseWall(found, zone)}Z`) - found)
  return found
}
