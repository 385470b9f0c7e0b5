"""Pages, help, findings and errors use the words of the glossary, and none that the glossary has replaced."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from mockcrm.audit.findings import FINDINGS
from tests.docs.pages import PAGES, named, prose, text_of

FORBIDDEN: Mapping[str, str] = {
    r"walk(?:s|ed|ing)?": "a read, a paged read",
    r"(?:a|an|the|its|their|next|old|later|earlier|no|each|same|own) bounds?": "a watermark; of sizes: a limit",
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

TEXTS_OF_THE_CODE: Mapping[str, Callable[[], Iterable[str]]] = {}
"""Texts that the code shows to users, by what they are: to be extended as each has been rewritten.

Such as `"findings": lambda: (text for kind in FINDINGS.values() for text in (kind.title, kind.meaning, kind.advice))`.
"""


def _found(text: str) -> list[str]:
    return [word for each in FORBIDDEN for word in re.findall(rf"\b(?:{each})\b", text, re.IGNORECASE)]


def test_a_word_is_found_in_any_case_and_only_as_a_word() -> None:
    assert _found("Walks the bound; the next\tbounds, a sidewalk, strikethrough, secured, bounded") == [
        "Walks",
        "the bound",
    ]
    assert _found("A walk was given up") == ["walk"]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_use_no_word_that_has_been_replaced(page: Path) -> None:
    text = prose(page.read_text(encoding="utf-8"))
    for allowed in ALLOWED.get(named(page), ()):
        text = re.sub(allowed, "", text, flags=re.MULTILINE)
    assert _found(" ".join(text.split())) == []


@pytest.mark.parametrize("kind", TEXTS_OF_THE_CODE)
def test_texts_of_the_code_use_no_word_that_has_been_replaced(kind: str) -> None:
    assert [text for text in TEXTS_OF_THE_CODE[kind]() if _found(text)] == []


def test_the_glossary_names_findings_that_there_are() -> None:
    page = text_of("docs/explanation/glossary.md")
    for row in re.findall(r"^\|.*\| (findings? .*) \|$", page, re.MULTILINE):
        for code in re.findall(r"`([\w.*]+)`", row.partition(", knob")[0].partition(", the")[0]):
            pattern = re.escape(code).replace(r"\*", r"\w+")
            assert any(re.fullmatch(pattern, known) for known in FINDINGS), code
