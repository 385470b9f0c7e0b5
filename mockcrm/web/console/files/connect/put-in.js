// A file is put in: the sandbox starts again from it, or what happened elsewhere is opened in a new one.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { call, SANDBOX } from "../data/api.js"
import { parseJson } from "../data/json.js"
import { Dialog, DialogForm } from "../shell/dialogs.js"
import { beginAnew } from "../shell/notices.js"
import { losses } from "../shell/sandbox-end.js"
import { OpenBundle } from "./open-bundle.js"

/** @typedef {{kind: "snapshot" | "fixture", path: string, type: string}} Start */
/** @typedef {Start | {kind: "bundle", of: string} | {kind: "unknown", why: string}} Content */

const JSON_TYPE = "application/json"

/** @param {{file: File, onClose: () => void}} props */
export function PutIn({ file, onClose }) {
  const [content, setContent] = useState(/** @type {Content | null} */ (null))
  useEffect(() => {
    contentOf(file).then(setContent)
  }, [file])
  if (content === null) return null
  if (content.kind === "unknown") return html`<${Unfit} file=${file} why=${content.why} onClose=${onClose} />`
  if (content.kind === "bundle") return html`<${OpenBundle} file=${file} of=${content.of} onClose=${onClose} />`
  return html`<${StartFrom} file=${file} ...${content} onClose=${onClose} />`
}

/** @param {Start & {file: File, onClose: () => void}} props */
function StartFrom({ file, kind, path, type, onClose }) {
  const put = async () => {
    const done = `${SANDBOX} has started from ${file.name}.`
    await beginAnew(done, () => call("PUT", path, file, { "Content-Type": type }))
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
  const format = String(found?.format ?? "")
  if (format.startsWith("mockcrm.snapshot")) return { kind: "snapshot", path: "/admin/snapshot", type: JSON_TYPE }
  if (format.startsWith("mockcrm.replay")) return { kind: "bundle", of: String(found?.sandbox ?? "") }
  if (format !== "") return { kind: "unknown", why: `is a ${format.slice(0, 100)}, which this page does not know.` }
  // YAML, or JSON that people wrote as YAML: the server says by line what is wrong with it.
  const type = found === null || /\.ya?ml$/i.test(file.name) ? "application/yaml" : JSON_TYPE
  return { kind: "fixture", path: "/admin/scenario", type }
}

/** The object in a file of JSON; null for all else. @param {File} file @returns {Promise<Record<string, unknown> | null>} */
async function read(file) {
  try {
    const found = parseJson(await file.text())
    return typeof found === "object" && !Array.isArray(found) ? found : null
  } catch {
    return null
  }
}
