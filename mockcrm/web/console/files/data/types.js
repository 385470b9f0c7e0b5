// The shapes of the controls' answers, from the description of the API.

/** @typedef {import("mockcrm-api").components["schemas"]} Schemas */
/** @typedef {Schemas["Feed"]} Feed */
/** @typedef {Schemas["ShownChange"]} Change */
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
