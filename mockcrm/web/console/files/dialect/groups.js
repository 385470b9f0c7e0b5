// The knobs in groups of what they are about.

import { writeJson } from "../data/json.js"

/** @typedef {import("../data/types.js").Knob} Knob */

const GROUPS = [
  {
    title: "Time and order",
    names: [
      "since", "deltaOrder", "timestampPrecision", "timestampRounding", "timestampFormat", "dateSkew", "indexLag",
      "unbumpedFields",
    ],
  },
  { title: "Deletions", names: ["deletions", "tombstones", "tombstoneRetention", "expiredSince", "deletedStatus"] },
  { title: "Pages", names: ["pageSize", "paging", "pageTokenLife", "resultCap"] },
  {
    title: "What lists and records look like",
    names: ["listShape", "omittedFromLists", "privateInLists", "relatedToShape", "idForm"],
  },
  {
    title: "Writes and access",
    names: ["unknownFields", "normalization", "updateVerbs", "ifMatch", "writeAnswer", "credentials"],
  },
  { title: "Child events", names: ["childEvents", "childOrder", "childrenOnDelete"] },
]

/** @param {unknown} one @param {unknown} other */
export function same(one, other) {
  return writeJson(one) === writeJson(other)
}

/**
 * The knobs as they are shown: those that differ from their default first, then the others by what they are about.
 *
 * @param {Knob[]} knobs @param {Record<string, unknown>} dialect @param {string} wanted a text that each must have
 * @returns {{title: string, knobs: Knob[]}[]}
 */
export function grouped(knobs, dialect, wanted) {
  const found = knobs.filter((knob) => has(knob, wanted.trim().toLowerCase()))
  const differing = found.filter((knob) => !same(dialect[knob.name], knob.default))
  const left = new Set(found.filter((knob) => !differing.includes(knob)))
  const groups = GROUPS.map(({ title, names }) => ({
    title, knobs: [...left].filter(({ name }) => names.includes(name)),
  }))
  const others = [...left].filter(({ name }) => !GROUPS.some(({ names }) => names.includes(name)))
  return [
    { title: "Changed from the default", knobs: differing }, ...groups, { title: "Others", knobs: others },
  ].filter((group) => group.knobs.length > 0)
}

/** @param {Knob} knob @param {string} wanted */
function has({ name, sentence, values, hazards }, wanted) {
  return [name, sentence, writeJson(values), ...hazards].some((text) => text.toLowerCase().includes(wanted))
}
