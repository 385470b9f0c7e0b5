// FullCalendar, which start.js has loaded as a plain script.

/** @typedef {typeof import("fullcalendar") & {Preact: typeof import("preact")}} FullCalendar */

export const fullCalendar = /** @type {{FullCalendar: FullCalendar}} */ (/** @type {unknown} */ (globalThis))
  .FullCalendar
