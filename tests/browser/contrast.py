"""Texts that are hard to read: their colour is too near to what lies behind them (WCAG 2.2, criterion 1.4.3)."""

from playwright.sync_api import Page


def faint(page: Page) -> list[tuple[float, str]]:
    """The texts with a contrast below 4.5, each with its contrast and the beginning of its element.

    Texts that cannot be used, such as those of disabled buttons, may be faint.
    """
    found: list[tuple[float, str]] = page.evaluate(_FAINT)
    return found


_FAINT = """() => {
  const brush = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true})
  // The colours of these, one above the other, as a screen shows them. A browser names a colour in many ways.
  const painted = (colours) => {
    brush.fillStyle = "white"
    for (const colour of ["white", ...colours]) {
      brush.fillStyle = colour
      brush.fillRect(0, 0, 1, 1)
    }
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const light = (colour) => colour.map(each => each / 255)
    .map(each => each <= .03928 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4)
    .reduce((sum, each, place) => sum + each * [.2126, .7152, .0722][place], 0)
  const behind = (element) => {
    const colours = []
    for (; element; element = element.parentElement) colours.unshift(getComputedStyle(element).backgroundColor)
    return colours
  }
  const own = (element) => [...element.childNodes].some(each => each.nodeType === 3 && each.data.trim())
  return [...document.body.querySelectorAll("*")].filter(own)
    .filter(each => each.checkVisibility({visibilityProperty: true}) && !each.closest(":disabled, [aria-hidden=true]"))
    .map(element => {
      const back = behind(element)
      const {color, fill} = getComputedStyle(element)
      const ink = element instanceof SVGElement ? fill : color
      const [one, other] = [light(painted([...back, ink])), light(painted(back))]
      return [(Math.max(one, other) + .05) / (Math.min(one, other) + .05), element.outerHTML.slice(0, 100)]
    }).filter(([contrast]) => contrast < 4.5)
}"""
