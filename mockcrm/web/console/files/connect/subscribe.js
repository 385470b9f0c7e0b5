// The address by which a calendar program shows this sandbox.

import { html } from "htm/preact"
import { useEffect, useState } from "preact/hooks"

import { call, ROOT, SANDBOX } from "../data/api.js"
import { life } from "../data/feed.js"
import { Code } from "../shell/parts.js"

export function Subscribe() {
  const [path, setPath] = useState("")
  useEffect(() => {
    call("GET", `/admin/sandboxes/${encodeURIComponent(SANDBOX)}`).then(({ calendar }) => setPath(calendar), () => {})
  }, [life.value])
  if (path === "") return null
  const address = new URL(`.${path}`, ROOT)
  return html`
    <section>
      <h2>Subscribe in a calendar program</h2>
      <p>It shows the events as they are now, and looks for news by itself. Some programs take hours.</p>
      <${Code} text=${address.href} label="Copy link" />
      ${address.searchParams.has("token") && html`
        <p>Everyone with this address can read this calendar, and nothing else. It changes with the admin token.</p>`}
    </section>
  `
}
