"""Fixture files: what a sandbox starts from, written down (`docs/fixtures.md`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load

from mockcrm import actions, vocabulary
from mockcrm.clock import ClockSetting
from mockcrm.controls import ClockSchema, SeedSchema
from mockcrm.dialect import PLAIN, Dialect
from mockcrm.dialects import read_dialect
from mockcrm.errors import Refusal, ScenarioInvalid, ScenarioNotFound
from mockcrm.fields import LONG, Whole
from mockcrm.schemas import Strict
from mockcrm.shipped import named
from mockcrm.state import Cause, State
from mockcrm.yamlfile import Document, Malformed, read_yaml

MAX_FILE = 64 * 1024 * 1024
"""The largest fixture file that is read, in bytes."""

LOADING = Cause("crm")


@dataclass(frozen=True)
class Scenario:
    """A start state as it is told. An empty one is an empty CRM whose clock runs with the world's.

    `events` are the arguments of `actions.create`, `generate` those of `actions.seed`.
    """

    title: str = ""
    clock: ClockSetting = ClockSetting()
    dialect: Dialect = PLAIN
    seed: int = 0
    events: tuple[Mapping[str, Any], ...] = ()
    generate: tuple[Mapping[str, Any], ...] = ()

    def amended(self, order: Mapping[str, Any]) -> "Scenario":
        """The same with another `dialect` or `seed`, or with `count` more events drawn from that seed."""
        if not order.get("count") and not order.keys() & {"dialect", "seed"}:
            return self
        seed = order.get("seed", self.seed)
        count = order.get("count", 0)
        more: tuple[Mapping[str, Any], ...] = ({"count": count, "seed": seed},) if count else ()
        return replace(
            self,
            dialect=read_dialect(order.get("dialect", {}), self.dialect),
            seed=seed,
            generate=(*self.generate, *more),
        )

    def start(self) -> State:
        """The CRM as this scenario has it begin. Starting it again shares the events, and costs next to nothing."""
        if self.clock.now is None:
            # What is invented lies around the clock, which begins anew with the world's each time.
            return self._loaded()
        return self._once.restarted(self.clock)

    @cached_property
    def _once(self) -> State:
        return self._loaded()

    def _loaded(self) -> State:
        """All that the scenario tells, in a fresh state. Nothing that is loaded moves the clock."""
        crm = State(self.clock.start(), self.dialect, self.seed)
        for told in self.events:
            actions.create(crm, LOADING, **told, ticks=False)
        for order in self.generate:
            actions.seed(crm, LOADING, **order)
        return crm


class _Told(vocabulary.CreateSchema):
    """An event that is spelled out: its fields, with `key` and the modifiers beside them."""

    @pre_load
    def gather_fields(self, data: Any, **_: Any) -> Any:
        return vocabulary.apart(data)


class _OneOrMore(fields.List[Any]):
    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        return super().deserialize([value] if isinstance(value, Mapping) else value, attr, data, **kwargs)


class ScenarioSchema(Strict):
    """A fixture file."""

    title = fields.String(load_default="")
    clock = fields.Nested(ClockSchema)
    dialect = fields.Raw()
    seed = Whole(least=0, most=LONG - 1, load_default=0)
    events = fields.List(fields.Nested(_Told), load_default=list)
    generate = _OneOrMore(fields.Nested(SeedSchema), load_default=list)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Scenario:
        clock = data.get("clock", {})
        mode = clock.pop("mode", "frozen" if "now" in clock else "running")
        return Scenario(
            title=data["title"],
            clock=ClockSetting(**clock, running=mode == "running"),
            dialect=read_dialect(data.get("dialect", {})),
            seed=data["seed"],
            events=tuple(data["events"]),
            generate=tuple(data["generate"]),
        )


def read_scenario(text: str, name: str) -> Scenario:
    """The scenario in a file's text. Raises `ScenarioInvalid`, which says for each mistake file, line and field."""
    try:
        document = read_yaml(text)
    except Malformed as error:
        raise _refusal(name, [(error.line, "", str(error))]) from error
    schema = ScenarioSchema()
    try:
        scenario: Scenario = schema.load(document.data)
    except ValidationError as error:
        raise _refusal(name, _located(document, error.messages)) from error
    except Refusal as error:
        named = isinstance(document.data["dialect"], str)
        raise _refusal(
            name, _located(document, {"dialect": error.details["name"] if named else error.details})
        ) from error
    _try_events(scenario, document, name)
    return scenario


def _try_events(scenario: Scenario, document: Document, name: str) -> None:
    crm = State(scenario.clock.start(), scenario.dialect)
    problems: list[tuple[int, str, str]] = []
    for place, told in enumerate(scenario.events):
        try:
            actions.create(crm, LOADING, **told, ticks=False)
        except Refusal as error:
            problems += _located(document, {"events": {place: error.details or error.message}})
    if problems:
        raise _refusal(name, problems)


def load_scenario(path: Path) -> Scenario:
    """The scenario in a file. Raises `ScenarioInvalid`, also when the file cannot be read."""
    try:
        if path.exists() and not path.is_file():
            raise _refusal(str(path), [(1, "", "Not a file.")])
        if path.stat().st_size > MAX_FILE:
            raise _refusal(str(path), [(1, "", f"Larger than {MAX_FILE:,} bytes.")])
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _refusal(str(path), [(1, "", f"Cannot be read: {error.strerror}.")]) from error
    except UnicodeDecodeError as error:
        raise _refusal(str(path), [(1, "", "Not UTF-8 text.")]) from error
    return read_scenario(text, str(path))


def scenarios() -> Mapping[str, Path]:
    """The scenarios that come with mockcrm, by name: those of the hazards among them."""
    return {**named(), **named("hazards")}


def find_scenario(name: str) -> Scenario:
    """A shipped scenario by its name. Raises `ScenarioNotFound`."""
    path = scenarios().get(name)
    if path is None:
        raise ScenarioNotFound(f"There is no scenario {name!r}; there are {', '.join(scenarios())}.")
    return _read_once(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read_once(path: Path, changed: int) -> Scenario:
    return load_scenario(path)


def _located(document: Document, messages: Any) -> list[tuple[int, str, str]]:
    return [(document.line(path), _dotted(path), text) for path, text in _flat(messages, ())]


def _flat(messages: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(messages, Mapping):
        for step, inner in messages.items():
            yield from _flat(inner, path if step in ("_schema", "set") else (*path, step))
    else:
        yield path, messages[0] if isinstance(messages, list) else str(messages)


def _dotted(path: tuple[Any, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _refusal(name: str, problems: list[tuple[int, str, str]]) -> ScenarioInvalid:
    lines = [f"{name}:{line}: {field + ': ' if field else ''}{text}" for line, field, text in sorted(problems)]
    details = {"problems": [{"line": line, "field": field, "message": text} for line, field, text in sorted(problems)]}
    return ScenarioInvalid("\n".join(lines), details)
