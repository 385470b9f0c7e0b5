// Texts of others, made fit to be shown: cut, and with what a reader cannot see written out.

const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g
/** These are seen in a text of several lines. */
const LAID_OUT = "\n\t"

/** @param {string} character */
function written(character) {
  const code = character.charCodeAt(0)
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`
}

/**
 * A text, no longer than `most` UTF-16 units, with a sign that there is more.
 *
 * @param {string} text @param {number} most
 */
export function cut(text, most) {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "").trimEnd()}…`
}

/**
 * A text for one line: control and direction characters are written as signs.
 *
 * @param {string} text
 * @param {number} [most]
 */
export function lineOf(text, most = 120) {
  return cut(text, most).replace(UNSEEN, written)
}

/** A text of several lines, which stay. @param {string} text @param {number} most */
export function blockOf(text, most) {
  return cut(text, most).replace(UNSEEN, (each) => (LAID_OUT.includes(each) ? each : written(each)))
}

/** The name of an event that has none. */
export const UNTITLED = "Untitled event"

/** What an event is called, in a line. @param {string | null | undefined} subject @param {number} [most] */
export function subjectOf(subject, most = 80) {
  return lineOf(subject ?? "", most).trim() || UNTITLED
}
