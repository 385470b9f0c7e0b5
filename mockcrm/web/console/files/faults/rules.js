// What is done with fault rules.

import { act } from "../data/actions.js"
import { counted } from "../shell/parts.js"
import { isSpent } from "./words.js"

/** @typedef {import("../data/types.js").Rule} Rule */

/**
 * Add a rule, or a list of them. A refusal is shown, or thrown if `quiet`.
 *
 * @param {object} rule @param {() => unknown} after @param {{quiet?: boolean}} [options]
 */
export async function add(rule, after, { quiet = false } = {}) {
  const added = await act("POST", "/admin/faults", rule, { quiet })
  await after()
  return added
}

/** Take a rule away; it can be put back. @param {Rule} rule @param {() => unknown} after */
export async function remove(rule, after) {
  const [again] = asGiven([rule])
  const undo = again && (() => add(again, after))
  await act("DELETE", `/admin/faults/${encodeURIComponent(rule.id)}`, undefined, {
    done: `Rule ${rule.name ?? rule.id} removed.`, undo,
  })
  await after()
}

/** Take all rules away; they can be put back. @param {Rule[]} rules @param {() => unknown} after */
export async function clear(rules, after) {
  const again = asGiven(rules)
  const undo = again.length ? () => add(again, after) : undefined
  await act("DELETE", "/admin/faults", undefined, { done: `${counted(rules.length, "rule")} cleared.`, undo })
  await after()
}

/** Rules as they are to be added again: with what is left of `times` and `skip`. @param {Rule[]} rules */
function asGiven(rules) {
  return rules
    .filter((rule) => !isSpent(rule))
    .map(({ id, seen, applied, problem, times, skip, ...given }) => ({
      ...given,
      ...(times === undefined ? {} : { times: times - applied }),
      ...(skip === undefined || applied > 0 ? {} : { skip }),
    }))
}
