"""The page on the architecture: the files that it names are there, and its paths go down through the wings."""

import re

import pytest

from tests.docs.pages import text_of
from tests.docs.wings import PACKAGE, layer_of, layers, picture, subject

PAGE = text_of("docs/contributing/architecture.md")
PATHS = re.findall(r"^\*\*([^*]+):\*\*.*\n\n((?:\d\. .*\n)+)", PAGE, re.MULTILINE)
"""The paths through the code: what each begins with, and its numbered list."""


def test_there_are_three_paths() -> None:
    assert [name for name, _ in PATHS] == ["A client's list", "A colleague's edit", "An audit"]


@pytest.mark.parametrize("steps", [steps for _, steps in PATHS], ids=[name for name, _ in PATHS])
def test_a_path_never_climbs_to_a_higher_wing(steps: str) -> None:
    files = re.findall(r"^\d\. `([\w/]+\.py)`", steps, re.MULTILINE)
    assert len(files) == steps.count("\n")
    heights = [layer_of(file) for file in files]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[-1] > 2


def test_every_file_that_the_page_names_is_there() -> None:
    for name in re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", PAGE):
        assert (PACKAGE / name).exists() or (PACKAGE.parent / name).exists(), name


@pytest.mark.parametrize(
    "added",
    [
        "knob",
        "effect",
        "finding",
        "field of events",
        "safeguard",
        "hazard",
        "kind of record",
        "endpoint of the CRM",
        "endpoint of the controls",
        "CLI",
    ],
)
def test_the_page_says_where_to_add(added: str) -> None:
    (row,) = re.findall(rf"^\| an? {added}.*$", PAGE, re.MULTILINE)
    wing = row.split("|")[2].strip(" `")
    assert any(wing in layer for layer in layers())


def test_the_picture_is_straight_and_fits_into_a_page() -> None:
    lines = [line.rstrip("\n") for line in picture()][1:-1]
    assert len({len(line) for line in lines}) == 1
    assert len(lines) < 60


@pytest.mark.parametrize("wing", [wing for layer in layers() for wing in layer])
def test_every_wing_says_in_a_sentence_what_it_is_about(wing: str) -> None:
    assert re.fullmatch(r"\S.{10,160}\.", subject(wing))
