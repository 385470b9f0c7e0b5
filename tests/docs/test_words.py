"""Pages, help, findings and errors use the words of the glossary, and none that the glossary has replaced."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import click
import pytest

from mockcrm.audit.causes import CAUSES
from mockcrm.audit.findings import FINDINGS
from mockcrm.cli.main import main
from tests.docs.made import MADE
from tests.docs.pages import PAGES, blocks, named, prose, text_of

FORBIDDEN: Mapping[str, str] = {
    r"walk(?:s|ed|ing)?": "a read, a paged read",
    r"bounds?": "a watermark; of sizes: a limit",
    r"virtues?": "a safeguard",
    r"str(?:ike|ikes|iking|uck)": "a fault is applied",
    r"slip(?:s|ped)?": "a finding, a cause",
    r"cures?": "advice",
    r"the dead": "a deleted record, a tombstone",
    r"befalls?|befell|befallen": "a fault is applied",
    r"left whole": "delivered",
    r"clobber(?:s|ed|ing)? unseen": "a blind overwrite, a lost update",
    r"told(?! apart)": "raw, payload, text",
    r"graves?": "a tombstone",
    r"circles?|go(?:es|ing)? round": "a feedback loop; of page tokens: repeated",
    r"g[ai]ve(?:s|n)? out": "a page token is issued",
    r"(?:the )?very instant": "exactly the instant",
    r"news of": "a deletion is delivered",
    r"whoever": "a client that",
}
"""Words that are no longer used, as patterns, with those that took their place."""

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "CHANGELOG.md": (r"^\|.*$",),
    "docs/explanation/hazards.md": (r"^\|.*$",),
}
"""What a page may say all the same, as patterns: tables of old names, and of the hazards' titles."""


def _of_findings() -> Iterator[str]:
    """The texts that the tables of findings leave out: those of a single finding, and of its cause."""
    for kind in FINDINGS.values():
        yield from (kind.title, kind.explanation)
    yield from (rule.sentence for rule in CAUSES)


def _of_help() -> Iterator[str]:
    """What `--help` prints, with the list of commands and the options of all."""
    groups: list[tuple[str, click.Command]] = [("mockcrm", main)]
    for name, command in groups:
        yield command.get_help(click.Context(command, info_name=name))
        if isinstance(command, click.Group):
            groups += command.commands.items()


TEXTS: Mapping[str, Callable[[], Iterable[str]]] = {
    **{name: make for (_, name), make in MADE.items()},
    "titles, explanations and causes": _of_findings,
    "help": _of_help,
    "sessions": lambda: (code for page in PAGES for code in blocks(page.read_text(encoding="utf-8"), r"\w+")),
}
"""All texts that are made from the code, or are shown in the code blocks of the pages."""


_PAGE = Path(__file__).parent.parent.parent / "mockcrm" / "web" / "console" / "files"
_DRAWN = re.compile(r"\bcircle\b|\bgrave\b")
"""What the page's code may say all the same: shapes that SVG draws, and findings that are grave."""


@pytest.mark.parametrize("file", sorted(_PAGE.rglob("*.[jhc]*s*")), ids=lambda file: str(file.relative_to(_PAGE)))
def test_the_page_and_its_code_use_no_word_that_has_been_replaced(file: Path) -> None:
    lines = _DRAWN.sub("", file.read_text(encoding="utf-8")).splitlines()
    assert {number: _found(line) for number, line in enumerate(lines, 1) if _found(line)} == {}


def _found(text: str) -> list[str]:
    return [word for each in FORBIDDEN for word in re.findall(rf"\b(?:{each})\b", text, re.IGNORECASE)]


def test_a_word_is_found_in_any_case_and_only_as_a_word() -> None:
    assert _found("Walks; a bound, a sidewalk, strikethrough, secured, bounded") == ["Walks", "bound"]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_use_no_word_that_has_been_replaced(page: Path) -> None:
    text = prose(page.read_text(encoding="utf-8"))
    for allowed in ALLOWED.get(named(page), ()):
        text = re.sub(allowed, "", text, flags=re.MULTILINE)
    assert _found(" ".join(text.split())) == []


@pytest.mark.parametrize("name", TEXTS)
def test_texts_of_the_code_use_no_word_that_has_been_replaced(name: str) -> None:
    assert _found(" ".join(" ".join(TEXTS[name]()).split())) == []


def test_the_glossary_names_findings_that_there_are() -> None:
    page = text_of("docs/explanation/glossary.md")
    for row in re.findall(r"^\|.*\| (findings? .*) \|$", page, re.MULTILINE):
        for code in re.findall(r"`([\w.*]+)`", row.partition(", knob")[0].partition(", the")[0]):
            pattern = re.escape(code).replace(r"\*", r"\w+")
            assert any(re.fullmatch(pattern, known) for known in FINDINGS), code
