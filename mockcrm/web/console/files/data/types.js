// The shapes of the controls' answers, from the description of the API.

/** @typedef {import("mockcrm-api").components["schemas"]} Schemas */
/** @typedef {Schemas["Feed"]} Feed */
/** The content of a record, as its kind has it. @typedef {Record<string, unknown>} Fields */
/**
 * A change of a record: an event, a contact and so on.
 * @typedef {Omit<Schemas["ShownChange"], "before" | "after"> & {before: Fields | null, after: Fields | null}} Change
 */
/** @typedef {Omit<Schemas["ShownEvent"], "deleted">} ShownEvent */
/**
 * A change of an event.
 * @typedef {Omit<Change, "kind" | "eventId" | "before" | "after"> &
 *   {kind: "event", eventId: string, before: ShownEvent | null, after: ShownEvent | null}} EventChange
 */
/** A request; `leftOut` counts the delivered versions if there are too many to keep. @typedef {Schemas["ShownEntry"] & {leftOut?: number}} Entry */
/** @typedef {Schemas["FeedFinding"]} Finding */
/** @typedef {Schemas["FeedAudit"]} Audit */
/** @typedef {Schemas["FeedAccount"]} Client */
/** @typedef {Schemas["ShownClock"]} Clock */
/** @typedef {Schemas["ShownAgenda"]} Agenda */
/** @typedef {Schemas["MovedClock"]} MovedClock */
/** @typedef {Schemas["ShownRule"]} Rule */
/** @typedef {Schemas["Knob"]} Knob */
/** @typedef {Schemas["ShownVersion"]} EventVersion */
/** @typedef {Schemas["Knowledge"]} KnowledgeAnswer */
/** @typedef {Schemas["ShownSandbox"]} Sandbox */
/** @typedef {Schemas["Replayed"]} Replayed */
/** @typedef {Schemas["Demo"]} Demo */
/** @typedef {"upToDate" | "pending" | "outOfReach" | "neverAsked"} KnowledgeState */

export {}
