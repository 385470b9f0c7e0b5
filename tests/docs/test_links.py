"""Pages lead where they say: links between pages, names of pages in the code, and the index."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, LINK, PAGES, ROOT, anchors, named, without_code


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    for target, heading in LINK.findall(without_code(page.read_text(encoding="utf-8"))):
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), target
        assert not heading or heading in anchors(there), (target, heading)


@pytest.mark.parametrize("folder", ["mockcrm", "tests", "benchmarks"])
def test_every_page_that_code_names_is_there(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for name in re.findall(r"\bdocs/[\w/-]+\.md", path.read_text(encoding="utf-8")):
            assert (ROOT / name).is_file(), (path, name)


def test_the_index_leads_to_every_page() -> None:
    linked = {(DOCS / target).resolve() for target, _ in LINK.findall((DOCS / "README.md").read_text(encoding="utf-8"))}
    assert [named(page) for page in DOCS.rglob("*.md") if page.resolve() not in linked] == ["docs/README.md"]
