"""Our `dataclass` beside the standard library's: what is declared with either must behave alike."""

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, asdict, dataclass as standard, field, fields, replace
from threading import Barrier
from typing import Any, ClassVar

import pytest

from mockcrm.base.declaring import dataclass as ours

Decorator = Callable[..., Any]
FORMS: list[dict[str, bool]] = [
    {},
    {"frozen": True},
    {"slots": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "eq": False},
    {"eq": False},
    {"frozen": True, "slots": True, "kw_only": True},
]


def meeting(dataclass: Decorator, form: dict[str, bool]) -> Any:
    @dataclass(**form)
    class Meeting:
        title: str
        length: int = 30
        guests: list[str] = field(default_factory=list)
        seen: int = field(default=0, init=False, compare=False, repr=False)
        room: str = field(default="", kw_only=True)
        of: ClassVar[str] = "crm"

        @property
        def end(self) -> int:
            return self.length

    return Meeting


def behaviour(dataclass: Decorator, form: dict[str, bool]) -> list[Any]:
    made = meeting(dataclass, form)
    one, other = made(title="a", guests=["b"]), made(title="a", guests=["b"], room="")
    longer = replace(one, length=60)
    return [
        repr(one),
        repr(longer),
        asdict(longer),
        [each.name for each in fields(made)],
        made.__match_args__,
        (one == other, one == longer, one != longer, one == "a"),
        made(title="x").guests is made(title="x").guests,
        copy.copy(one).title,
        copy.deepcopy(longer).length,
        hasattr(one, "__dict__"),
        made.__hash__ is None,
        outcome(lambda: hash(made(title="a", guests=()))),
        outcome(made),
        outcome(lambda: made(title="a", nothing=1)),
        outcome(lambda: setattr(one, "title", "b")),
        outcome(lambda: delattr(made(title="a"), "title")),
        (one.seen, one.end, made.of),
    ]


def outcome(do: Callable[[], Any]) -> Any:
    try:
        done = do()
    except (AttributeError, TypeError) as error:
        return type(error), str(error)
    return done if done is None else type(done)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_class_behaves_as_one_of_the_standard_library(form: dict[str, bool]) -> None:
    assert behaviour(ours, form) == behaviour(standard, form)


@pytest.mark.parametrize("dataclass", [ours, standard])
def test_what_a_class_says_itself_stays(dataclass: Decorator) -> None:
    @dataclass(frozen=True)
    class Own:  # noqa: PLW1641  the decorator adds it
        name: str
        length: int = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "length", len(self.name))

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "own"

    assert (Own("a") == 1, repr(Own("a")), Own("abc").length) == (True, "own", 3)
    assert hash(Own("a")) == hash(Own("a"))


@pytest.mark.parametrize("dataclass", [ours, standard])
def test_a_class_inherits_the_fields_of_another(dataclass: Decorator) -> None:
    @dataclass(frozen=True, slots=True)
    class Base:
        one: int

    @dataclass(frozen=True, slots=True)
    class Derived(Base):
        two: int = 2

    made = Derived(1)
    assert (made.one, made.two, made == Base(1), made == Derived(1, 2)) == (1, 2, False, True)
    with pytest.raises(FrozenInstanceError):
        made.one = 3  # type: ignore[misc]


@ours(frozen=True, slots=True)
class Saved:
    name: str
    seen: int = field(default=0, init=False)


def test_an_object_with_slots_that_cannot_change_is_pickled() -> None:
    saved = Saved("a")
    object.__setattr__(saved, "seen", 3)
    again = pickle.loads(pickle.dumps(saved))
    assert (again, again.seen) == (saved, 3)


def test_the_first_objects_may_be_made_by_several_threads_at_once() -> None:
    for _ in range(50):
        made, together = meeting(ours, {"frozen": True, "slots": True}), Barrier(4)

        def make(number: int, made: Any = made, together: Barrier = together) -> Any:
            together.wait()
            one = made("a", number)
            return one == made("a", number)

        with ThreadPoolExecutor(4) as threads:
            assert [*threads.map(make, range(4))] == [True] * 4


def test_a_subclass_that_is_declared_as_nothing_compares_as_its_base() -> None:
    class Named(Saved):
        pass

    assert (Named("a") == Named("a"), Named("a") == Saved("a"), hash(Named("a"))) == (True, False, hash(Named("a")))
