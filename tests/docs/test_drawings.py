"""Drawings and pictures: as the code makes them, shown by a page, and small enough for one."""

import re
from xml.etree import ElementTree

import pytest

from tests.browser.screenshots import FOLDER, MOST_BYTES, every_picture, shown_in_pages
from tests.docs import drawings
from tests.docs.pages import DOCS, PAGES, ROOT

README_MOST_BYTES = 200_000
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", drawings.DRAWINGS)
def test_a_drawing_is_as_the_code_makes_it(name: str) -> None:
    made = drawings.DRAWINGS[name]().svg()
    assert (drawings.FOLDER / name).read_text(encoding="utf-8") == made, "python -m tests.docs.drawings"


@pytest.mark.parametrize("name", drawings.DRAWINGS)
def test_a_drawing_is_read_aloud_by_its_title_and_fetches_nothing(name: str) -> None:
    drawing = drawings.DRAWINGS[name]()
    root = ElementTree.fromstring(drawing.svg())
    assert [root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")] == [drawing.title, drawing.description]
    assert not re.search(r"(?:href|src|url\()", drawing.svg())


def test_every_picture_is_shown_by_a_page_and_says_what_it_shows() -> None:
    shown = set()
    for page in PAGES:
        for source in re.findall(r'<(?:img|source)[^>]* src(?:set)?="([^"]+)"', page.read_text(encoding="utf-8")):
            shown.add((page.parent / source).resolve())
        for image in re.findall(r"<img [^>]*>", page.read_text(encoding="utf-8")):
            assert re.search(r'alt="[^"]{20,}"', image), image
    assert {file.resolve() for file in (DOCS / "images").rglob("*.*")} == shown


def test_the_console_s_pictures_are_those_that_can_be_taken() -> None:
    assert {file.name for file in FOLDER.iterdir()} == shown_in_pages() <= {*every_picture()}


def test_pictures_are_small_enough_for_a_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for file in FOLDER.iterdir():
        assert file.stat().st_size <= (README_MOST_BYTES if file.name in readme else MOST_BYTES), file.name
