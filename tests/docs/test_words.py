"""Pages, help, findings and errors use the words of the glossary, and none that the glossary has replaced."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

import pytest

from mockcrm.audit.findings import FINDINGS
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
}
"""Words that are no longer used, as patterns, with those that took their place."""

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "CHANGELOG.md": (r"^\|.*$",),
    "docs/explanation/hazards.md": (r"^\|.*$",),
}
"""What a page may say all the same, as patterns: tables of old names, and of the hazards' titles."""

REWRITTEN: Collection[str] = ("wings", "commands", "findings of writing")
"""Parts of pages that are made from texts of the code, as soon as those are rewritten: in the end all of `PARTS`.

A name is that of a part (`made.MADE`), such as `findings of reading`, `commands`, `knobs`, `effects`, `errors`,
`calls`, `client` or `safeguards`; or `sessions`, for everything that the code blocks of the pages show.
"""
PARTS: Mapping[str, Callable[[], Iterable[str]]] = {name: make for (_, name), make in MADE.items()} | {
    "sessions": lambda: (code for page in PAGES for code in blocks(page.read_text(encoding="utf-8"), r"\w+"))
}


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


@pytest.mark.parametrize("name", REWRITTEN)
def test_texts_of_the_code_use_no_word_that_has_been_replaced(name: str) -> None:
    assert _found(" ".join(" ".join(PARTS[name]()).split())) == []


def test_the_glossary_names_findings_that_there_are() -> None:
    page = text_of("docs/explanation/glossary.md")
    for row in re.findall(r"^\|.*\| (findings? .*) \|$", page, re.MULTILINE):
        for code in re.findall(r"`([\w.*]+)`", row.partition(", knob")[0].partition(", the")[0]):
            pattern = re.escape(code).replace(r"\*", r"\w+")
            assert any(re.fullmatch(pattern, known) for known in FINDINGS), code
