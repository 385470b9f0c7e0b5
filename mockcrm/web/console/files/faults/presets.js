// Faults on one click. Each says in a sentence what it does.

const LISTS = ["listEvents", "listDeletedEvents"]
const WRITES = ["createEvent", "updateEvent", "replaceEvent", "deleteEvent"]
export const OPERATIONS = [...LISTS, "getEvent", ...WRITES]

/**
 * `operations` are those that it is meant for, all if it has none; `times` is how often, for ever if it is missing.
 *
 * @typedef {{title: string, what: string, effect: unknown, operations?: string[], times?: number,
 *   page?: number}} Preset
 */

/** @type {Preset[]} */
export const PRESETS = [
  {
    title: "Outage", times: 3, effect: { status: 503 },
    what: "Answers 503 at once. The request does not reach the CRM.",
  },
  {
    title: "Rate limit", effect: { rateLimit: { requests: 5, per: "1m" } },
    what: "Answers 429 with Retry-After to a client that sends more than 5 requests in a minute.",
  },
  {
    title: "Lost answer", times: 1, operations: WRITES, effect: { disconnect: { how: "reset", when: "after" } },
    what: "The CRM commits the write, then the connection breaks: the client cannot know that it was done.",
  },
  {
    title: "Slow answers", effect: { delay: "3s" },
    what: "Each answer comes three seconds late, in real time.",
  },
  {
    title: "Expired credentials", effect: "expireCredentials",
    what: "Answers 401 to the next request, and from then on to all with the same credentials.",
  },
  {
    title: "Empty list", times: 1, operations: LISTS, effect: "emptyList",
    what: "A list is empty for a moment, with status 200. A client that believes it deletes everything.",
  },
  {
    title: "Stale list", times: 1, operations: LISTS, effect: { stale: "5m" },
    what: "A list comes from a replica of the database that is five minutes behind.",
  },
  {
    title: "Page 2 fails", times: 1, operations: LISTS, page: 2, effect: { status: 500 },
    what: "A paged read breaks off: its second page is answered 500.",
  },
  {
    title: "Page twice", times: 1, operations: LISTS, effect: "repeatPage",
    what: "The next page token leads to the same page again.",
  },
  {
    title: "Half an answer", times: 1, effect: "truncate",
    what: "Only the first half of the body arrives, then the connection closes.",
  },
  {
    title: "Login page", times: 1, effect: "html",
    what: "A page of HTML with status 200, as from a proxy that wants a user to sign in.",
  },
]

/**
 * What is chosen for all presets: how often, and for whom. Null leaves it as the preset has it.
 *
 * @typedef {{times: number | "always" | null, client: string | null, operation: string | null}} Scope
 */

/** The fault rule of a preset. @param {Preset} preset @param {Scope} scope */
export function ruleOf({ title, effect, operations, times, page }, scope) {
  const often = scope.times === null ? times : scope.times === "always" ? undefined : scope.times
  const match = {
    ...(scope.operation === null ? operations && { operation: operations } : { operation: scope.operation }),
    ...(scope.client === null ? {} : { client: scope.client }),
    ...(page === undefined ? {} : { page }),
  }
  return {
    name: title,
    ...(Object.keys(match).length ? { match } : {}),
    effect,
    ...(often === undefined ? {} : { times: often }),
  }
}
