// JSON whose whole numbers stay exact. An id may have 64 bits, and a number of JavaScript has 53: such a number is a BigInt.

const LONG_NUMBER = /\d{16}/

/** Numbers as they are written in JSON; all browsers have it since the spring of 2025, the types do not. */
const exact = /** @type {{rawJSON?: (text: string) => unknown}} */ (/** @type {unknown} */ (JSON))

/** @param {string} text @returns {any} Whatever the caller knows it to be. */
export function parseJson(text) {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text)
  return JSON.parse(text, keepExact)
}

/**
 * @param {string} _name @param {unknown} value
 * @param {{source?: string}} [context] how a number is written
 */
function keepExact(_name, value, context) {
  const long = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)
  return long && context?.source && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}

/** @param {unknown} value @param {number} [indent] */
export function writeJson(value, indent) {
  return JSON.stringify(value, (_name, each) => (typeof each === "bigint" ? plain(each) : each), indent)
}

/** @param {bigint} value */
function plain(value) {
  return exact.rawJSON ? exact.rawJSON(String(value)) : Number(value)
}
