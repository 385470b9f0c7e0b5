"""What a matcher wants of a JSON body (`docs/reference/faults.md`).

Objects are compared by the members that are wanted, at every depth. Three objects with one key stand for more than
themselves: `{"matches": pattern}` for a text that contains a match, `{"anyOrder": list}` for a list whose members may
come in any order, and `{"equals": value}` for exactly this value, whatever it looks like.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from mockcrm.base.schema.fields import read_each, read_list
from mockcrm.base.search_budget import SearchBudget
from mockcrm.journal.patterns import read_pattern

if TYPE_CHECKING:
    from regex import Pattern

MAX_BODY_PATTERNS = 100
"""The most regular expressions in what a matcher wants of a body."""

BodyTest = Callable[[Any, SearchBudget], bool]
"""Whether a value found is as wanted. Raises `RequestInvalid` once the budget for searches is used up."""


def read_body_test(wanted: Any) -> BodyTest:
    """The test that JSON spells. Raises `ValidationError` with the problems by their places."""
    if _count_patterns(wanted) > MAX_BODY_PATTERNS:
        raise ValidationError(f"Must have at most {MAX_BODY_PATTERNS} patterns.")
    return _read(wanted)


def is_within(wanted: Any, found: Any) -> bool:
    """Whether `found` has all that is `wanted`: an object's fields at every level, and a list's members in order."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            name in found and is_within(value, found[name]) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(is_within, wanted, found))
    return type(wanted) is type(found) and bool(wanted == found)


def _is_same(wanted: Any, found: Any) -> bool:
    """The same for all that is `found`: neither has anything that the other lacks."""
    if isinstance(wanted, Mapping):
        same = isinstance(found, Mapping) and len(found) == len(wanted)
        return same and all(name in found and _is_same(value, found[name]) for name, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_is_same, wanted, found))
    return is_within(wanted, found)


def _operator(wanted: Any) -> str | None:
    """The word by which an object stands for more than itself, or None."""
    word = next(iter(wanted)) if isinstance(wanted, Mapping) and len(wanted) == 1 else None
    return word if word in _OPERATORS else None


def _read(wanted: Any) -> BodyTest:
    if not _has_operator(wanted):
        return lambda found, budget: is_within(wanted, found)
    if word := _operator(wanted):
        try:
            return _OPERATORS[word](wanted[word])
        except ValidationError as error:
            raise ValidationError({word: error.messages}) from error
    if isinstance(wanted, Mapping):
        names = [*wanted]
        return partial(_has_members, dict(zip(names, read_each(wanted.items(), _read), strict=True)))
    return partial(_has_in_order, read_each(enumerate(wanted), _read))


def _has_operator(wanted: Any) -> bool:
    if _operator(wanted):
        return True
    inner = wanted.values() if isinstance(wanted, Mapping) else wanted if isinstance(wanted, list) else ()
    return any(map(_has_operator, inner))


def _count_patterns(wanted: Any) -> int:
    word = _operator(wanted)
    if word in ("matches", "equals"):
        return int(word == "matches")
    inner = wanted.values() if isinstance(wanted, Mapping) else wanted if isinstance(wanted, list) else ()
    return sum(map(_count_patterns, inner))


def _has_members(wanted: Mapping[str, BodyTest], found: Any, budget: SearchBudget) -> bool:
    return isinstance(found, Mapping) and all(
        name in found and passes(found[name], budget) for name, passes in wanted.items()
    )


def _has_in_order(wanted: Sequence[BodyTest], found: Any, budget: SearchBudget) -> bool:
    if not isinstance(found, list) or len(found) != len(wanted):
        return False
    return all(passes(each, budget) for passes, each in zip(wanted, found, strict=True))


def _matches(wanted: Any) -> BodyTest:
    if not isinstance(wanted, str):
        raise ValidationError("Not a text with a regular expression.")
    return partial(_contains, read_pattern(wanted))


def _contains(pattern: "Pattern[str]", found: Any, budget: SearchBudget) -> bool:
    return isinstance(found, str) and budget.finds(pattern, found)


def _equals(wanted: Any) -> BodyTest:
    return lambda found, budget: _is_same(wanted, found)


def _any_order(wanted: Any) -> BodyTest:
    return partial(_has_in_any_order, read_list(wanted, _read), [_size(each) for each in wanted])


def _has_in_any_order(wanted: Sequence[BodyTest], sizes: Sequence[int], found: Any, budget: SearchBudget) -> bool:
    if not isinstance(found, list) or len(found) != len(wanted):
        return False
    known: dict[tuple[int, int], bool] = {}

    def fits(member: int, place: int) -> bool:
        asked = member, place
        budget.compare(1 if asked in known else sizes[member])
        if asked not in known:
            known[asked] = wanted[member](found[place], budget)
        return known[asked]

    return _all_find_places(len(wanted), fits)


def _all_find_places(count: int, fits: Callable[[int, int], bool]) -> bool:
    """Whether so many members can be put in as many places, each in one where it `fits`.

    One member after the other gets a place, and those before make room: a maximum matching by augmenting paths (H. W.
    Kuhn, 1955).
    """
    place_of: dict[int, int] = {}
    member_at: dict[int, int] = {}
    return all(_find_place(member, count, fits, place_of, member_at) for member in range(count))


def _find_place(
    start: int, count: int, fits: Callable[[int, int], bool], place_of: dict[int, int], member_at: dict[int, int]
) -> bool:
    """Give a member a place, by the shortest chain of members that move to another."""
    moved_by: dict[int, int] = {}
    waiting = deque([start])
    while waiting:
        member = waiting.popleft()
        # Most lists come in the order that is wanted: the member's own place is looked at first.
        for place in (*range(member, count), *range(member)):
            if place in moved_by or not fits(member, place):
                continue
            moved_by[place] = member
            if place not in member_at:
                _move(place, moved_by, place_of, member_at)
                return True
            waiting.append(member_at[place])
    return False


def _move(free: int, moved_by: Mapping[int, int], place_of: dict[int, int], member_at: dict[int, int]) -> None:
    """Move the members of a chain, from the `free` place back to the member that has none yet."""
    place: int | None = free
    while place is not None:
        member = moved_by[place]
        before = place_of.get(member)
        place_of[member], member_at[place] = place, member
        place = before


def _size(value: Any) -> int:
    """How many values a value consists of."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return 1 + sum(map(_size, inner))


_OPERATORS: Mapping[str, Callable[[Any], BodyTest]] = {"matches": _matches, "anyOrder": _any_order, "equals": _equals}
