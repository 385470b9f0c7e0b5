// Commands for a POSIX shell.

/** A text as one word of a POSIX shell. No argument has a NUL. @param {string} text */
export function quoted(text) {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("\0", "").replaceAll("'", "'\\''")}'`
}
