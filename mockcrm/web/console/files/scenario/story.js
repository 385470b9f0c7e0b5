// The story of a scenario: what happens, why it harms, what a correct client does, and where it was seen.

import { html } from "htm/preact"

const PARTS = [
  ["what", "What happens"],
  ["why", "Why it harms"],
  ["advice", "What a correct client does"],
  ["evidence", "Where it was seen"],
]

/** @param {{story: Partial<Record<string, string>>}} props */
export function Story({ story }) {
  const parts = PARTS.filter(([name]) => story[name])
  if (!parts.length) return html`<p class="story">It has no story.</p>`
  return html`
    <dl class="story">
      ${parts.map(([name, heading]) => html`<dt key=${name}>${heading}</dt><dd>${story[name]}</dd>`)}
    </dl>
  `
}
