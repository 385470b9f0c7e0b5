"""The pages of the documentation, and what tests ask of their text."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
TOP = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PAGES = (*(ROOT / name for name in TOP), *sorted(DOCS.rglob("*.md")))
"""Every page, also those at the top of the repository."""

LINK = re.compile(r"\]\(([^():#\s]+)?(?:#([^()\s]+))?\)")
"""A link to a file of the repository, or to a heading: the file, and the heading's anchor."""
_CODE = re.compile(r"^```.*?^```\n", re.DOTALL | re.MULTILINE)
_MADE = re.compile(r"^<!-- (?!end)[\w ]+ -->\n.*?^<!-- end -->\n", re.DOTALL | re.MULTILINE)


def named(page: Path) -> str:
    """A page's path in the repository: its name in tests."""
    return page.relative_to(ROOT).as_posix()


def text_of(name: str) -> str:
    """The text of a page, which is named by its path in the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, kind: str) -> list[str]:
    """What stands in the code blocks of one kind, such as `python`."""
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def without_code(text: str) -> str:
    """A page without its code blocks, in which `#` begins a comment."""
    return _CODE.sub("", text)


def prose(text: str) -> str:
    """A page without its code blocks and without the parts that are made from the code."""
    return without_code(_MADE.sub("", text))


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
