// Where the card stands: beside its event, wholly within the window. On a phone the style sheet puts it at the bottom.

const GAP = 8

/** The event that is selected, where it is drawn. @returns {HTMLElement | null} */
function chosenInGrid() {
  return document.querySelector(".calendar .grid .chosen")
}

/** What of the grid has the focus while its event is selected. @returns {HTMLElement | null} */
export function focusedOfChosen() {
  return document.querySelector(".calendar .grid .chosen button, .calendar .grid .chosen")
}

/** @param {HTMLElement} card @returns {boolean} whether its event is drawn, so that it stands beside it */
export function placeBeside(card) {
  const around = /** @type {HTMLElement} */ (card.closest(".calendar")).getBoundingClientRect()
  const chosen = chosenInGrid()
  chosen?.scrollIntoView({ block: "nearest", inline: "nearest" })
  const beside = chosen?.getBoundingClientRect()
  const { width, height } = card.getBoundingClientRect()
  const toTheRight = beside && beside.right + GAP + width <= innerWidth - GAP
  const left = beside ? (toTheRight ? beside.right + GAP : beside.left - GAP - width) : around.right - width - GAP
  const top = beside ? beside.top : around.top + 56
  card.style.left = `${clamp(left, GAP, innerWidth - width - GAP)}px`
  card.style.top = `${clamp(top, GAP, innerHeight - height - GAP)}px`
  return beside !== undefined
}

/** @param {number} wanted @param {number} least @param {number} most */
const clamp = (wanted, least, most) => Math.max(least, Math.min(wanted, most))
