"""Makes the scenario of a failure smaller while a client still fails it: what is left is the bug report.

It is delta debugging, greedy and without chance: leave out half of the steps, a quarter, one; then one record with all
that happens to it; then anything else that may be left out, such as a knob, a modifier or a field. What is left out
stays out if the smaller scenario still fails.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import field
from typing import Any

import orjson

from mockcrm.base.declaring import dataclass
from mockcrm.base.real_time import real_seconds
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.errors import Refusal
from mockcrm.sandbox.scenario.fixture_file import scenario_of

MAX_PLAYS = 200
"""How many smaller scenarios are played for one failure."""
MAX_SHRINKING = 60.0
"""How many seconds that may take."""
KEPT: Set[str] = frozenset({"title", "clock", "now", "name", "key", "as", "subject", "match", "operation", "times"})
"""Members that stay where they are: without them a scenario is harder to read, or asks more of a client."""

ScenarioJson = Mapping[str, Any]


@dataclass
class Shrinking:
    """Makes scenarios smaller as long as they fail, which `fails` says, and it plays them for that.

    At most `plays` are played, and none after `seconds`.

    >>> Shrinking(lambda document: "delete" in str(document)).smallest(random_scenario(5))["steps"]
    [{'delete': {'event': 'event4'}}]
    """

    fails: Callable[[ScenarioJson], bool]
    plays: int = MAX_PLAYS
    seconds: float = MAX_SHRINKING
    _tried: set[bytes] = field(default_factory=set)
    _began: float = field(default_factory=real_seconds)

    def smallest(self, document: ScenarioJson) -> ScenarioJson:
        """The smallest scenario found that still fails; the same if nothing can be left out."""
        while True:
            smaller = document
            for without in (_fewer_steps, _fewer_records, _fewer_members):
                smaller = self._as_small_as(without, smaller)
            if smaller == document or self._is_spent:
                return smaller
            document = smaller

    def _as_small_as(
        self, without: Callable[[ScenarioJson], Iterator[ScenarioJson]], document: ScenarioJson
    ) -> ScenarioJson:
        """Leave parts out in one way, from the last one to the first, until none can be left out."""
        while (smaller := next(filter(self._holds, without(document)), None)) is not None:
            document = smaller
        return document

    @property
    def _is_spent(self) -> bool:
        return self.plays <= 0 or real_seconds() - self._began > self.seconds

    def _holds(self, document: ScenarioJson) -> bool:
        key = orjson.dumps(document)
        if key in self._tried or self._is_spent or not _is_valid(document):
            return False
        self._tried.add(key)
        self.plays -= 1
        return self.fails(document)


def _is_valid(document: ScenarioJson) -> bool:
    try:
        scenario_of(document)
    except Refusal:
        return False
    return "sync" in document.get("steps", ())


def _fewer_steps(document: ScenarioJson) -> Iterator[ScenarioJson]:
    steps = document["steps"]
    size = (len(steps) + 1) // 2
    while size:
        for at in range(len(steps) - size, -1, -size):
            yield {**document, "steps": [*steps[:at], *steps[at + size :]]}
        size //= 2


def _fewer_records(document: ScenarioJson) -> Iterator[ScenarioJson]:
    """Scenarios without one event, or another record, and without what happens to it."""
    for path in (kind.path for kind in KINDS.values() if kind.path in document):
        records = document[path]
        for record in reversed(records):
            others = [each for each in records if each is not record]
            steps = [step for step in document["steps"] if not _concerns(step, record["key"])]
            yield {**document, path: others, "steps": steps}


def _concerns(step: Any, key: str) -> bool:
    if isinstance(step, Mapping):
        return any(_concerns(value, key) for value in step.values())
    return step == key or (isinstance(step, list) and any(_concerns(each, key) for each in step))


def _fewer_members(document: ScenarioJson) -> Iterator[ScenarioJson]:
    """Scenarios without one member of an object or a list, at any depth, the outermost first."""
    yield from (_without(document, path) for path in sorted(_paths(document), key=len))


def _paths(value: Any) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, Mapping):
        members: Sequence[tuple[Any, Any]] = [*value.items()]
    else:
        members = [*enumerate(value)] if isinstance(value, list) else []
    for name, inner in members:
        if name not in KEPT:
            yield (name,)
        yield from ((name, *path) for path in _paths(inner))


def _without(value: Any, path: Sequence[Any]) -> Any:
    """A value without what is at a path, and without an empty list or object that this would leave."""
    first, *rest = path
    inner = _without(value[first], rest) if rest else None
    members = value.items() if isinstance(value, Mapping) else enumerate(value)
    kept = [
        (name, inner if name == first else each) for name, each in members if name != first or inner or name in KEPT
    ]
    return dict(kept) if isinstance(value, Mapping) else [each for _, each in kept]
