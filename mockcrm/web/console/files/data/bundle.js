// What has happened in the sandbox, as a file to take away.

import { fetchFile, SANDBOX } from "./api.js"

/** How long the server waits for a moment without requests: there is no bundle while one is under way. */
const PATIENCE = "10s"

/** Everything that has happened since the start, and the verdict. Throws `Refused` or `Unreachable`. */
export function fetchBundle() {
  return fetchFile(`/admin/replay?wait=${PATIENCE}`)
}

/** Have the browser save a file of this sandbox. @param {Blob} file @param {string} name */
export function offer(file, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(file)
  link.download = `${SANDBOX}-${name}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
