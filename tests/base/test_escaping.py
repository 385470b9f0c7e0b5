"""Text of strangers, written out: nothing is left in it that steers a terminal, and programs read the same."""

import json
import unicodedata
from xml.etree.ElementTree import Element, fromstring, tostring

import orjson
import pytest
from hypothesis import example, given, strategies as st

from mockcrm.base.escaping import harmless, harmless_all, harmless_lines, json_document, xml_document

TEXTS = st.text() | st.text(st.characters(categories=("Cc", "Cf", "Co", "Zl", "Zp")))
STEERS = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


def steers(text: str) -> bool:
    return any(unicodedata.category(letter) in STEERS for letter in text)


@given(TEXTS)
@example("\ud800")
def test_nothing_in_a_harmless_text_steers_a_terminal_and_it_stays_as_it_is(text: str) -> None:
    once = harmless(text)
    assert not steers(once)
    assert harmless(once) == once
    assert not steers("".join(harmless_lines(text).split("\n")))
    assert harmless_lines(text).count("\n") == text.count("\n")


@pytest.mark.parametrize("text", ["Grüße aus 東京\u3000und\u00a0Kyiv", "ข้อความ", "नमस्ते", "🍜", "a\\b"])
def test_what_people_write_stays(text: str) -> None:
    assert harmless(text) == text


def test_names_and_values_are_made_harmless_however_deep() -> None:
    assert harmless_all({"\x1b": ["\u202e", ("\x9b",)], "n": 1}) == {r"\x1b": [r"\u202e", [r"\x9b"]], "n": 1}


@given(TEXTS)
@example("\x7f\u202e\U000e0001\U0001f35c")
def test_programs_read_the_same_from_what_a_terminal_may_show(text: str) -> None:
    document = json_document({text: text}, orjson.OPT_INDENT_2).decode()
    assert json.loads(document) == orjson.loads(document) == {text: text}
    assert not steers(document.replace("\n", ""))


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")))
@example("\u202e\x9b\U000e0001")
def test_so_they_do_from_xml(text: str) -> None:
    element = Element("a", b=text)
    element.text = text
    document = xml_document(tostring(element, encoding="utf-8"))
    read = fromstring(document)
    assert (read.text or "", read.get("b")) == (text, text)
    assert not steers(document.decode())
