// The effects that a fault rule may have, as the description of the API has them.

/** @typedef {import("../data/schemas.js").Schema} Schema */
/**
 * An effect's arguments; `shorthand` is the one that may stand alone.
 *
 * @typedef {{schema: Schema, shorthand: string | null}} Effect
 */

/** The effects by name. @param {Record<string, Schema>} schemas @returns {Map<string, Effect>} */
export function effectsOf(schemas) {
  const [, spelled] = schemas.Rule.properties?.effect.anyOf ?? []
  const found = new Map()
  for (const { properties = {} } of spelled?.oneOf ?? []) {
    for (const [name, given] of Object.entries(properties)) found.set(name, effectOf(given, schemas))
  }
  return found
}

/** @param {Schema} given @param {Record<string, Schema>} schemas @returns {Effect} */
function effectOf(given, schemas) {
  const [whole, alone] = (given.anyOf ?? [given]).map(({ $ref = "" }) => $ref.split("/"))
  return { schema: schemas[whole[3]], shorthand: alone?.[5] ?? null }
}

/**
 * The name of an effect and its arguments, however it is written: `"html"`, `{status: 503}`, `{status: {status: 503}}`.
 *
 * @param {unknown} effect @param {Map<string, Effect>} effects
 * @returns {{name: string, given: Record<string, unknown>}}
 */
export function spelledOut(effect, effects) {
  if (typeof effect !== "object" || effect === null) return { name: String(effect ?? ""), given: {} }
  const [[name, given] = ["", {}]] = Object.entries(effect)
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return { name, given }
  const shorthand = effects.get(name)?.shorthand
  return { name, given: shorthand ? { [shorthand]: given } : {} }
}
