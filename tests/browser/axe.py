"""What axe-core, which looks for barriers to people with disabilities, says of a page."""

from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

_FILE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ADVICE = f"There is no {_FILE.name}: run npm ci --ignore-scripts in the folder of the project."


def axe(page: Page) -> list[str]:
    """The serious and critical violations on a page, each with its rule, what is wrong, and where.

    Contrast is left to `tests.browser.contrast`, which is faster and knows the page's colours too.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_code())
    found: list[str] = page.evaluate(_VIOLATIONS)
    return found


@cache
def _code() -> str:
    return _FILE.read_text(encoding="utf-8") if _FILE.exists() else pytest.fail(ADVICE)


_VIOLATIONS = """async () => {
  const {violations} = await axe.run({resultTypes: ["violations"], rules: {"color-contrast": {enabled: false}}})
  return violations.filter(({impact}) => impact === "serious" || impact === "critical").flatMap(({id, help, nodes}) =>
    nodes.map(({html, failureSummary}) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary}`))
}"""
