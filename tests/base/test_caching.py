"""Results that are found by the object that they depend on."""

from dataclasses import dataclass

from mockcrm.base import caching
from mockcrm.base.caching import cached_by_object


@dataclass(frozen=True)
class Knobs:
    word: str


def test_equal_objects_have_one_result_and_different_ones_their_own() -> None:
    made: list[tuple[str, str]] = []

    @cached_by_object
    def style(knobs: Knobs, of: str) -> list[str]:
        made.append((knobs.word, of))
        return [knobs.word, of]

    first, equal, other = Knobs("a"), Knobs("a"), Knobs("b")
    assert style(first, "x") is style(first, "x") is style(equal, "x")
    assert style(other, "x") == ["b", "x"]
    assert style(first, "y") == ["a", "y"]
    assert made == [("a", "x"), ("b", "x"), ("a", "y")]


def test_no_object_gets_the_result_of_one_that_is_gone() -> None:
    @cached_by_object
    def style(knobs: Knobs, of: str) -> str:
        return knobs.word + of

    for number in range(3 * caching._MOST):
        assert style(Knobs(str(number)), "x") == f"{number}x"
