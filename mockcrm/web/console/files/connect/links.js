// The links of a record, by the description of its kind: without those that lead to nothing.

/** @typedef {import("../data/kinds.js").Kind} Kind */
/** @typedef {import("../data/types.js").Fields} Fields */
/** Whether a record is there, by its kind and id. @typedef {(kind: string, id: unknown) => boolean} IsThere */

/** A record without the links that lead to no record. @param {Fields} record @param {Kind} kind @param {IsThere} isThere @returns {Fields} */
export function withoutDangling(record, kind, isThere) {
  const links = kind.fields.filter(({ name, targets }) => targets.length > 0 && name in record)
  const left = links.map(({ name, targets }) => {
    const value = record[name]
    if (!Array.isArray(value)) return [name, value === null || isThere(targets[0], value) ? value : null]
    return [name, value.map((each) => memberOf(each, targets, isThere)).filter((each) => each !== null)]
  })
  return { ...record, ...Object.fromEntries(left) }
}

/** What is left of one in a list: an id, a link with a type, or an attendee; null if nothing is. @param {any} member @param {string[]} targets @param {IsThere} isThere */
function memberOf(member, targets, isThere) {
  if (typeof member !== "object") return isThere(targets[0], member) ? member : null
  if ("type" in member) return isThere(String(member.type).toLowerCase(), member.id) ? member : null
  const gone = targets.map((target) => `${target}Id`).filter((name) => member[name] && !isThere(name.slice(0, -2), member[name]))
  if (gone.length === 0) return member
  const left = { ...member, ...Object.fromEntries(gone.map((name) => [name, null])) }
  return Object.entries(left).some(([name, value]) => /(Id|Address)$/.test(name) && value) ? left : null
}
