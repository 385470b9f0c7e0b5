// A control's answer that is no part of the feed, followed while it is shown.

import { useEffect, useRef, useState } from "preact/hooks"

import { call } from "./api.js"
import { life, mark } from "./feed.js"

/**
 * The answer of `GET path`, null at first, and a function that reads it anew. It is read whenever the feed has
 * another mark: that covers rules and knobs too, no matter who has set them.
 *
 * @param {string} path @returns {[any, () => Promise<void>]}
 */
export function useFollowed(path) {
  const [answer, setAnswer] = useState(null)
  const asked = useRef(0)
  const read = async () => {
    const number = (asked.current += 1)
    try {
      const found = await call("GET", path)
      if (asked.current === number) setAnswer(found)
    } catch {
      // It shows what it showed before; `access` says why.
    }
  }
  useEffect(() => {
    read()
  }, [path, mark.value, life.value])
  return [answer, read]
}
