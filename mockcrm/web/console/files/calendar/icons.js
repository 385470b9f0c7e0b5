// Small drawn signs, in the colour of the text beside them.

const PATHS = {
  lock: "M4 7V5a4 4 0 0 1 8 0v2h1v7H3V7zm2 0h4V5a2 2 0 0 0-4 0z",
  alert: "M8 1.500 15.500 14.500H.5zM7.200 6v4h1.600V6zm0 5.200v1.600h1.600v-1.600z",
  waiting: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm0 2a5 5 0 1 0 0 10A5 5 0 0 0 8 3zM7 4h2v4l2 1-1 2-3-2z",
}

/**
 * @param {(type: string, props: Record<string, unknown>, ...children: any[]) => any} h what makes elements
 * @param {keyof typeof PATHS} name
 */
export function icon(h, name) {
  return h(
    "svg",
    { viewBox: "0 0 16 16", width: 12, height: 12, class: `event-icon ${name}`, "aria-hidden": "true" },
    h("path", { d: PATHS[name], fill: "currentColor", "fill-rule": "evenodd" }),
  )
}
