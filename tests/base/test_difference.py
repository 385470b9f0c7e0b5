"""Values for people: whatever differs is among what is shown, however long the values are."""

import random
from typing import Any

import pytest

from mockcrm.base.difference import MAX_SHOWN, difference

LONG = "Agenda, first part: " + "x" * 40


def ada(**more: Any) -> dict[str, Any]:
    return {"emailAddress": "ada@example.com", "name": "Ada", "status": "Accepted", **more}


BEN, CLEO = ada(emailAddress="ben@example.com", name="Ben"), ada(emailAddress="cleo@example.com", name="Cleo")


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("Old", "New", ("", '"Old"', '"New"')),
        (None, "New", ("", "null", '"New"')),
        (None, LONG, ("", "null", f'"{LONG[:39]}…')),
        (True, 1, ("", "true", "1")),
        ([], [BEN], ("[0]", "nothing", '{"emailAddress": "ben@example.com", "nam…')),
        (
            [ada(), BEN],
            [ada(), ada(emailAddress="cy@example.com", name="Ben")],
            ("[1].emailAddress", '"ben@example.com"', '"cy@example.com"'),
        ),
        ([ada(), BEN, CLEO], [ada(), CLEO], ("[1]", '{"emailAddress": "ben@example.com", "nam…', "nothing")),
        ([ada(), CLEO], [BEN, ada(), CLEO], ("[0]", "nothing", '{"emailAddress": "ben@example.com", "nam…')),
        ([CLEO], [BEN, CLEO, BEN], ("[0]", "nothing", '{"emailAddress": "ben@example.com", "nam…')),
        ([BEN, CLEO, BEN], [CLEO], ("[0]", '{"emailAddress": "ben@example.com", "nam…', "nothing")),
        ([ada()], [ada(status="Declined")], ("[0].status", '"Accepted"', '"Declined"')),
        ([ada()], [{"emailAddress": "ada@example.com", "name": "Ada"}], ("[0].status", '"Accepted"', "nothing")),
        ({"a": {"b": [1, 2, {"c": "x"}]}}, {"a": {"b": [1, 2, {"c": "y"}]}}, (".a.b[2].c", '"x"', '"y"')),
        (["a", "b"], ["b", "a"], ("[0]", '"a"', '"b"')),
        (["a"], {"a": 1}, ("", '["a"]', '{"a": 1}')),
    ],
)
def test_it_shows_the_first_place_that_differs_and_both_values(
    one: Any, other: Any, shown: tuple[str, str, str]
) -> None:
    assert tuple(difference("it", one, other)) == (f"it{shown[0]}", *shown[1:])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG + " end A", LONG + " end B"),
        (LONG, LONG + "x"),
        (LONG + "tail" * 20, LONG + "tale" * 20),
        ("line\n" * 30 + "last", "line\n" * 30 + "lost"),
        ("<p>" + "word " * 100 + "</p>", "&lt;p>" + "word " * 100 + "&lt;/p>"),
        (LONG + "é", LONG + "e\u0301"),
        ("Plan\u200bning", "Planning"),
        ("Planning", "Planning "),
        (LONG + "\u00a0end", LONG + " end"),
        ('"' * 60 + "a", '"' * 60 + "b"),
        ("\\u2026" * 10 + "a", "\\u2026" * 10 + "b"),
        ("😀" * 60, "😀" * 59 + "😃"),
    ],
)
def test_however_long_two_texts_are_people_see_what_differs(one: str, other: str) -> None:
    _, left, right = difference("it", one, other)
    assert left != right
    assert (left[0], left[-1], right[0], right[-1]) == ('"',) * 4
    assert not any(each in left + right for each in "\u200b\u0301\u00a0")


def test_a_long_text_is_shown_around_its_first_different_character_with_what_comes_before() -> None:
    shown = difference("description", LONG + " end A" + "y" * 80, LONG + " end B" + "y" * 80)
    assert shown.one == '"…xxxxx end A' + "y" * 29 + '…"'
    assert shown.other == '"…xxxxx end B' + "y" * 29 + '…"'


def test_of_any_two_values_something_that_differs_is_shown_and_never_much() -> None:
    chance = random.Random(16)

    def value(depth: int) -> Any:
        match chance.randrange(6 if depth else 3):
            case 0:
                return chance.choice([None, True, False, 0, 1, 10**6])
            case 1 | 2:
                return "".join(chance.choices("ab\n …", k=chance.choice([1, 39, 40, 41, 300])))
            case 3:
                return {name: value(depth - 1) for name in "pqr"[: chance.randrange(4)]}
            case _:
                return [value(depth - 1) for _ in range(chance.randrange(5))]

    for _ in range(3_000):
        one = value(3)
        other = (
            value(3)
            if chance.random() < 0.5
            else chance.choice([one, [one], one + one if isinstance(one, list) else 1])
        )
        place, left, right = difference("it", one, other)
        assert (left == right) is (one == other and repr(one) == repr(other)), (one, other)
        assert max(len(left), len(right)) <= 2 * MAX_SHOWN + 4
        assert place.startswith("it")
