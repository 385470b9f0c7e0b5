// What the browser remembers for this page. A browser may refuse to: then it is remembered until the page is closed.

/** @param {() => Storage} storage */
function keeper(storage) {
  /** @type {Map<string, string>} */
  const kept = new Map()
  return {
    /** @param {string} name @returns {string | null} */
    get(name) {
      try {
        return storage().getItem(name)
      } catch {
        return kept.get(name) ?? null
      }
    },
    /** @param {string} name @param {string} value */
    set(name, value) {
      try {
        storage().setItem(name, value)
      } catch {
        kept.set(name, value)
      }
    },
    /** @param {string} name */
    forget(name) {
      kept.delete(name)
      try {
        storage().removeItem(name)
      } catch {
        // It was never stored.
      }
    },
  }
}

/** How the page looks; kept for the next visit. */
export const settings = keeper(() => localStorage)
/** What this tab alone knows, until it is closed. */
export const tab = keeper(() => sessionStorage)
