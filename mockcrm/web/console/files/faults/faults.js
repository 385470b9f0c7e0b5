// Fault rules: presets, a form for any other, and the rules that there are, with the requests they were applied to.

import { html } from "htm/preact"

import { useFollowed } from "../data/followed.js"
import { RuleForm } from "./form.js"
import { IndexLag } from "./index-lag.js"
import { Presets } from "./preset-cards.js"
import { Rules } from "./rule-rows.js"

export function Faults() {
  const [answer, read] = useFollowed("/admin/faults")
  const [dialect, readDialect] = useFollowed("/admin/dialect")
  return html`
    <div class="faults-panel">
      <${Rules} rules=${answer?.faults ?? null} read=${read} />
      <${Presets} read=${read} more=${html`<${IndexLag} dialect=${dialect} read=${readDialect} />`} />
      <${RuleForm} read=${read} />
    </div>
  `
}
