"""The problems of a request, in short: how many of them a refusal names, and how long they are (contract, section 5).

Problems are marshmallow's messages: objects by field and by place, down to lists of texts.
"""

from collections.abc import Mapping
from typing import Any

from mockcrm.errors.text import ELLIPSIS, abridged

MAX_PROBLEMS = 20
"""How many problems a refusal names. Reading of a list or a map stops there."""
MAX_PROBLEM = 1_000
"""The longest text of a problem, in bytes of JSON."""
MAX_FIELD_NAME = 200
"""The longest name of a field in `details`, in bytes of JSON."""


class Unknown(str):
    """The problem of a field that does not exist. It comes first: a missing field may be the same one, misspelt."""

    __slots__ = ()


UNKNOWN = Unknown("No such field.")
MORE = ELLIPSIS
"""A name among the others that says that not all problems are named."""
AND_MORE = (f"There may be more: reading stops at the {MAX_PROBLEMS}th problem.",)


def in_order(problems: Mapping[Any, Any]) -> list[Any]:
    """The names of an object's problems, unknown fields first, in the same order on every machine."""
    return sorted((name for name in problems if name != MORE), key=lambda name: _rank(name, problems[name]))


def _rank(name: Any, problem: Any) -> tuple[bool, int, str]:
    place = name if isinstance(name, int) else -1
    return not is_unknown(problem), place, str(name)


def is_unknown(problem: Any) -> bool:
    """Whether a problem says that there is no such field."""
    return isinstance(problem, list) and isinstance(problem[0], Unknown)


def first_problem(problems: Any, path: str = "") -> str:
    """The first problem, with the path of its field."""
    if not isinstance(problems, Mapping):
        text = problems[0] if isinstance(problems, list) else str(problems)
        return f"{path}: {text}" if path else str(text)
    key = in_order(problems)[0]
    step = "" if key == "_schema" else f"{path}.{key}" if path else str(key)
    return first_problem(problems[key], step or path)


def count(problems: Any) -> int:
    """How many problems there are."""
    if isinstance(problems, Mapping):
        return sum(count(problem) for name, problem in problems.items() if name != MORE)
    return len(problems) if isinstance(problems, list) else 1


def brief(problems: Mapping[Any, Any]) -> dict[str, Any]:
    """The first of many problems, cut if they are long, and whether there may be more."""
    named = _Brief()
    picked = named.object(problems)
    return picked | {MORE: [*AND_MORE]} if named.cut else picked


class _Brief:
    """Picks problems until there are enough. Then the rest is `cut`."""

    def __init__(self) -> None:
        self.left = MAX_PROBLEMS
        self.cut = False

    def object(self, problems: Mapping[Any, Any]) -> dict[str, Any]:
        picked: dict[str, Any] = {}
        self.cut = self.cut or MORE in problems
        for name in in_order(problems):
            if not self.left:
                self.cut = True
                break
            picked[abridged(str(name), MAX_FIELD_NAME)] = self._part(problems[name])
        return picked

    def _part(self, problem: Any) -> Any:
        if isinstance(problem, Mapping):
            return self.object(problem)
        if not isinstance(problem, list):
            self.left -= 1
            return _text(problem)
        picked = [_text(each) for each in problem[: self.left]]
        self.cut = self.cut or len(picked) < len(problem)
        self.left -= len(picked)
        return picked


def _text(problem: Any) -> Any:
    if isinstance(problem, Mapping):
        return {name: _text(part) for name, part in problem.items()}
    return abridged(problem, MAX_PROBLEM) if isinstance(problem, str) else problem
