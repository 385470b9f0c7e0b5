// The steps of a scenario and what it expects, in words.

import { writeJson } from "../data/json.js"

/** @typedef {Record<string, unknown>} Fields */

const MOST_VALUE = 120
const MOST_NOTE = 2000
const MOST_FIELDS = 8

/** A value as it stands in a sentence, cut where it is long. @param {unknown} value @param {number} [most] */
function brief(value, most = MOST_VALUE) {
  const text = typeof value === "string" ? value : writeJson(value)
  return text.length > most ? `${text.slice(0, most)} …` : text
}

/** @param {unknown} value */
function valueWords(value) {
  if (value === null) return "cleared"
  return typeof value === "string" ? `“${brief(value)}”` : brief(value)
}

/** `location “Room 7”, description cleared` @param {unknown} fields */
function setWords(fields) {
  const all = Object.entries(/** @type {Fields} */ (fields ?? {}))
  const shown = all
    .slice(0, MOST_FIELDS)
    .map(([name, value]) => `${name} ${valueWords(value)}`)
  return all.length > MOST_FIELDS ? `${shown.join(", ")} and ${all.length - MOST_FIELDS} more` : shown.join(", ")
}

/** What stands beside an action. @param {Fields} given */
function modifierWords({ visibleAfter, stamp, bump, by }) {
  const said = [
    visibleAfter !== undefined && `lists show it after ${brief(visibleAfter)}`,
    stamp !== undefined && `stamped ${brief(stamp)}`,
    bump === false && "without a new stamp",
    by !== undefined && `by ${brief(by)}`,
  ].filter(Boolean)
  return said.length ? ` (${said.join("; ")})` : ""
}

/** @type {Record<string, (given: any) => string>} The arguments are of as many shapes as there are actions. */
const ACTIONS = {
  create: ({ set, key, ...beside }) =>
    `A colleague creates ${key ? `${brief(key)}: ` : ""}${setWords(set)}${modifierWords(beside)}`,
  edit: ({ event, set, ...beside }) => `A colleague edits ${brief(event)}: ${setWords(set)}${modifierWords(beside)}`,
  delete: ({ event, ...beside }) => `A colleague deletes ${brief(event)}${modifierWords(beside)}`,
  restore: ({ event, ...beside }) => `A colleague restores ${brief(event)}${modifierWords(beside)}`,
  touch: ({ events, ...beside }) =>
    `A new stamp for ${touchedWords(events)}, with the same content${modifierWords(beside)}`,
  churn: (given) => `Random changes: ${setWords(given)}`,
  seed: (given) => `Events are invented: ${setWords(given)}`,
  advance: ({ by }) => `The clock moves on by ${brief(by)}`,
  clock: (given) => `The clock is set: ${setWords(given)}`,
  dialect: (given) => `The CRM changes its dialect: ${typeof given === "string" ? brief(given) : setWords(given)}`,
  fault: ({ effect, match, ...beside }) => {
    const what = `A fault: ${brief(effect)} for ${match ? brief(match) : "every request"}`
    return [what, setWords(beside)].filter(Boolean).join(", ")
  },
  clearFaults: () => "All faults end",
  schedule: (given) => scheduleWords(given),
}

/** @param {unknown} events */
function touchedWords(events) {
  return Array.isArray(events) ? brief(events.join(", ")) : "all events"
}

/** @param {Fields} given */
function scheduleWords(given) {
  const [name, when] = Object.entries(given).find(([each]) => ["after", "at", "every"].includes(each)) ?? ["", ""]
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} ${brief(when)}: ${doWords(given.do)}`
}

/** @param {unknown} actions @returns {string} */
function doWords(actions) {
  const words = [actions].flat().map((each) => stepWords(each)).join("; ")
  return words.charAt(0).toLowerCase() + words.slice(1)
}

/** A step in a sentence. @param {unknown} step @returns {string} */
export function stepWords(step) {
  if (step === "sync") return "Your client syncs"
  const given = /** @type {Fields} */ (step)
  if (typeof given.note === "string") return brief(given.note, MOST_NOTE)
  if (given.mailbox) return mailboxWords(/** @type {Fields} */ (given.mailbox))
  if (given.on) return aroundWords(given)
  const verb = Object.keys(ACTIONS).find((each) => each in given)
  if (verb) return ACTIONS[verb](given[verb])
  return given.do ? scheduleWords(given) : brief(step)
}

/** @param {Fields} given */
function aroundWords({ on, do: actions, times, skip }) {
  const { when = "before", ...matcher } = /** @type {Fields} */ (on)
  const limits = [times && `at most ${brief(times)} times`, skip && `not the first ${brief(skip)}`].filter(Boolean)
  const which = Object.keys(matcher).length ? `a request like ${brief(matcher)}` : "a request"
  const limited = limits.length ? `${which} (${limits.join(", ")})` : which
  return `${when === "after" ? "After" : "Before"} ${limited}: ${doWords(actions)}`
}

/** What the client's user did in the calendar on the other side. @param {Fields} action */
export function mailboxWords(action) {
  const [verb, given] = /** @type {[string, Fields]} */ (Object.entries(action)[0])
  const called = brief(given.event ?? given.as ?? "an entry")
  const name = given.id ? `${called} (event ${brief(given.id)} of the CRM)` : called
  if (verb === "delete") return `The user deletes ${name}`
  return `The user ${verb === "create" ? "creates" : "edits"} ${name}: ${setWords(given.set)}`
}

/** What must hold at the end, each in a sentence. @param {Fields} expect */
export function expectationWords({ audit, events, requests }) {
  return [
    ...(/** @type {Fields[]} */ (events ?? []).map(eventWords)),
    ...(/** @type {Fields[]} */ (requests ?? []).map((each) => `Requests are made: ${brief(each)}`)),
    auditWords(audit),
  ]
}

/** @param {Fields} expected */
function eventWords({ event, has, deleted, like, count }) {
  if (like) return `${count === undefined ? "An event is" : `${brief(count)} live events are`} like: ${setWords(like)}`
  if (deleted === true) return `${brief(event)} is deleted`
  return has ? `${brief(event)} has ${setWords(has)}` : `${brief(event)} is still there`
}

/** @param {unknown} audit */
function auditWords(audit) {
  if (audit === "any") return "The audit may find anything"
  if (Array.isArray(audit)) return `The audit finds exactly ${audit.join(", ") || "nothing"}, notes aside`
  const { allow } = /** @type {{allow?: string[]}} */ (typeof audit === "object" && audit !== null ? audit : {})
  return `The audit finds nothing${allow ? ` but ${allow.join(", ")}` : ""}, notes aside`
}
