// How the page is laid out: as a workbench; as a demo where one runs; or as a calendar alone, within a demo's page.

import { computed } from "@preact/signals"

import { address } from "../data/address.js"
import { demoRuns } from "../data/demo.js"

/** `demo`, `workbench` or `calendar`. */
export const layout = computed(() => {
  const { layout: asked } = address.value
  if (asked === "calendar") return asked
  return demoRuns.value && asked !== "workbench" ? "demo" : "workbench"
})

/** Whether this page stands within another one of this server. */
export const FRAMED = window.parent !== window
