// The description of the API, from which forms are made.

import { readOnce } from "./once.js"

/**
 * As much of JSON Schema as the forms read.
 *
 * @typedef {{
 *   type?: string | string[], enum?: (string | number | null)[], description?: string, minimum?: number,
 *   maximum?: number, properties?: Record<string, Schema>, items?: Schema, anyOf?: Schema[], oneOf?: Schema[],
 *   $ref?: string,
 * }} Schema
 */

/** The schemas by name; null until they are read. @returns {Record<string, Schema> | null} */
export function schemas() {
  return readOnce("/openapi.json").value?.components.schemas ?? null
}
