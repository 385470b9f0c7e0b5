// The description of the API, from which forms are made. It is read once, when a form first needs it.

import { signal } from "@preact/signals"

import { call } from "./api.js"

/**
 * As much of JSON Schema as the forms read.
 *
 * @typedef {{
 *   type?: string | string[], enum?: (string | number | null)[], description?: string, properties?: Record<string, Schema>,
 *   items?: Schema, anyOf?: Schema[], oneOf?: Schema[], required?: string[], minimum?: number, maximum?: number,
 *   $ref?: string,
 * }} Schema
 */

/** The schemas by name; null until they are read. */
export const schemas = signal(/** @type {Record<string, Schema> | null} */ (null))

let reading = false

/** Have the schemas read. Where that fails, `access` says why, and the next call tries again. */
export async function readSchemas() {
  if (reading || schemas.peek()) return
  reading = true
  try {
    schemas.value = (await call("GET", "/openapi.json")).components.schemas
  } catch {
    // The forms say that they wait for it.
  } finally {
    reading = false
  }
}
