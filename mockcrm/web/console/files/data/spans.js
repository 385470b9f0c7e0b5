// Spans of time in words.

const UNITS = /** @type {const} */ ([["day", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000], ["ms", 1]])

/** A span in its two largest units: `1 day 2 h`, `3 min`. @param {number} milliseconds */
export function spanText(milliseconds) {
  const parts = []
  let left = Math.round(Math.abs(milliseconds))
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count) parts.push(`${count.toLocaleString("en")}\u00a0${unit}${unit === "day" && count > 1 ? "s" : ""}`)
  }
  return parts.slice(0, 2).join(" ") || "0\u00a0s"
}

const ISO = /^(-?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/

/** The milliseconds of a duration as the server writes it, `PT1H30M`. @param {string} duration */
export function millisecondsOf(duration) {
  const [, sign, ...counts] = duration.match(ISO) ?? []
  const sizes = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000]
  const sum = counts.reduce((total, count, at) => total + Number(count ?? 0) * sizes[at], 0)
  return sign ? -sum : sum
}
