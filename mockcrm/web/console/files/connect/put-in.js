// A file is put in: the sandbox starts again from it.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { call, SANDBOX } from "../data/api.js"
import { parseJson } from "../data/json.js"
import { Dialog, DialogForm } from "../shell/dialogs.js"
import { beginAnew } from "../shell/notices.js"
import { losses } from "../shell/sandbox-end.js"

/** @typedef {{kind: string, path: string} | {wrong: string}} Content */

/** @param {{file: File, onClose: () => void}} props */
export function PutIn({ file, onClose }) {
  const [content, setContent] = useState(/** @type {Content | null} */ (null))
  useEffect(() => {
    contentOf(file).then(setContent)
  }, [file])
  if (content === null) return null
  if ("wrong" in content) return html`<${Unfit} file=${file} why=${content.wrong} onClose=${onClose} />`
  const { kind, path } = content
  const put = async () => {
    await beginAnew(`${SANDBOX} has started from ${file.name}.`, () => call("PUT", path, file))
  }
  return html`
    <${Dialog} title=${`Start ${SANDBOX} from this ${kind}?`} onClose=${onClose} class="sandbox-form">
      <p><bdi>${file.name}</bdi> takes the place of what is here. This is lost: ${losses()}. There is no undo.</p>
      <${DialogForm} verb="Start from it" danger does=${put} />
    <//>
  `
}

/** @param {{file: File, why: string, onClose: () => void}} props */
function Unfit({ file, why, onClose }) {
  return html`
    <${Dialog} title="This file cannot be put in" onClose=${onClose} class="sandbox-form">
      <p><bdi>${file.name}</bdi> ${why}</p>
      <form method="dialog" class="buttons"><button class="primary">Close</button></form>
    <//>
  `
}

/** @param {File} file @returns {Promise<Content>} */
async function contentOf(file) {
  const found = await read(file)
  if (found === null || typeof found !== "object" || Array.isArray(found)) {
    return { wrong: "is not JSON. A fixture file in YAML is read by the server: mockcrm serve --load FILE." }
  }
  const format = String(found.format ?? "")
  if (format.startsWith("mockcrm.snapshot")) return { kind: "snapshot", path: "/admin/snapshot" }
  if (format !== "") return { wrong: `is a ${format.slice(0, 100)}. A bundle is played by mockcrm replay FILE.` }
  return { kind: "fixture", path: "/admin/scenario" }
}

/** @param {File} file */
async function read(file) {
  try {
    return parseJson(await file.text())
  } catch {
    return null
  }
}
