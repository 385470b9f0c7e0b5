"""The shape of the page's code: what can be counted of it, and what it does not do."""

import re
from pathlib import Path

import pytest

from mockcrm.web.console.pages import FILES
from tests.page.code import PAGE, SCRIPTS, STYLES, functions, import_map, imports, linked, named_files

MAX_LINES = 300
MAX_FUNCTION = 40

FORBIDDEN = {
    "text as HTML": r"(?i)innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write|srcdoc",
    "text as code": r"\beval\(|\bnew Function\b|javascript:|set(?:Timeout|Interval)\(\s*[\"'`]",
    "a style that the page's policy refuses": r"\bstyle=[\"']",
    "a handler that the page's policy refuses": r"\bon\w+=[\"']",
    "another host": r"(?:https?|wss?)://(?!www\.w3\.org/)|url\(\s*[\"']?//|@import",
}


def named(path: Path) -> str:
    return str(path.relative_to(FILES))


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_a_script_says_what_it_is_and_can_be_taken_in_with_each_of_its_functions(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.startswith(("// ", "/**"))
    assert len(text.splitlines()) <= MAX_LINES
    assert {name: lines for name, lines in functions(script).items() if lines > MAX_FUNCTION} == {}


@pytest.mark.parametrize("file", [PAGE, *SCRIPTS, *STYLES], ids=named)
def test_no_file_does_what_the_page_must_not_do(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert {what: found for what, pattern in FORBIDDEN.items() if (found := re.findall(pattern, text))} == {}


@pytest.mark.parametrize("style", STYLES, ids=named)
def test_colours_stand_in_one_file(style: Path) -> None:
    text = style.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    if named(style) != "styles/base.css":
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|oklab|lab|lch)a?\(", text) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_whatever_a_script_imports_is_there(script: Path) -> None:
    for each in imports(script):
        if each.startswith("."):
            assert (script.parent / each).is_file(), each
        else:
            assert each in import_map()


def test_every_file_is_used() -> None:
    reached = {PAGE, *(FILES / path for path in linked() if not path.startswith("libraries/"))}
    ahead = [path for path in reached if path.suffix == ".js"]
    while ahead:
        found = named_files(ahead.pop()) - reached
        reached |= found
        ahead += found
    assert {named(path) for path in FILES.rglob("*") if path.is_file()} == {named(path) for path in reached}
