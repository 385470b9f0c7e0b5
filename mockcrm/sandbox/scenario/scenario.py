"""Fixture files: what a sandbox starts from, written down (`docs/fixtures.md`)."""

import errno
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validate, validates_schema

from mockcrm.base.escaping import harmless
from mockcrm.base.fixtures import named
from mockcrm.base.schema.fields import LONG, Described, ListOf, Refer, Whole, one_or_more
from mockcrm.base.schema.strict import Strict, alike
from mockcrm.base.strict_yaml import Document, Malformed, read_yaml
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.dialect.knobs import PLAIN, PLAIN_KEEPING, Dialect
from mockcrm.crm.dialect.named import DialectField, KeepingSchema
from mockcrm.crm.fake_crm import COLLEAGUE, FakeCrm, WriteOptions
from mockcrm.crm.record_schema import MAX_UNKNOWN, EventSchema, event_schema
from mockcrm.errors import Refusal, ScenarioInvalid, ScenarioNotFound
from mockcrm.errors.problems import AND_MORE, MAX_PROBLEMS, MORE, shortened
from mockcrm.faults.rules import MAX_RULES, Rule
from mockcrm.sandbox import action_schemas as vocabulary, actions
from mockcrm.sandbox.action_schemas import RULE
from mockcrm.sandbox.control_schemas import MAX_SEED_COUNT, ClockSchema, SeedSchema
from mockcrm.sandbox.scenario.steps import TEXT, Expected, ExpectedSchema, StepsField, actions_of, run_until_sync
from mockcrm.sandbox.state import Plot, State

MAX_FILE = 64 * 1024 * 1024
"""The largest fixture file that is read, in bytes."""
MAX_EVENTS = MAX_SEED_COUNT
"""How many events it spells out at most, and how many it has invented in all."""


@dataclass(frozen=True)
class Scenario:
    """A start state as it is told. An empty one is an empty CRM whose clock runs with the world's.

    `events` are the arguments of `actions.create`, `generate` those of `actions.seed`; `plot` is what happens then.
    """

    title: str = ""
    clock: ClockSetting = ClockSetting()
    dialect: Dialect = PLAIN
    seed: int = 0
    events: tuple[Mapping[str, Any], ...] = ()
    generate: tuple[Mapping[str, Any], ...] = ()
    faults: tuple[Rule, ...] = ()
    plot: Plot | None = None

    @property
    def invented(self) -> int:
        """How many events are invented."""
        return sum(order["count"] for order in self.generate)

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
        state = State(FakeCrm(self.clock.start(), self.dialect, self.seed))
        for told in self.events:
            actions.create(state, COLLEAGUE, **_at_once(told), ticks=False)
        for order in self.generate:
            actions.seed(state, COLLEAGUE, **order)
        for rule in self.faults:
            actions.fault(state, COLLEAGUE, rule=rule)
        state.plot = self.plot
        return state


def _at_once(told: Mapping[str, Any]) -> dict[str, Any]:
    """An event to be loaded: lists show it from the start, however far they lag, unless it says otherwise."""
    options: WriteOptions = told["options"]
    if options.visible_after is None:
        options = replace(options, visible_after=timedelta(0))
    return {**told, "options": options}


class _Told(vocabulary.CreateSchema):
    """An event that is spelled out: its fields, with `key` and the modifiers beside them."""

    strays = len(event_schema(PLAIN).fields) + MAX_UNKNOWN

    @pre_load
    def gather_fields(self, data: Any, **_: Any) -> Any:
        return vocabulary.split_modifiers(data)

    def described(self, told: Described, refer: Refer) -> Described:
        return {"anyOf": [{**told, "type": "object"}, refer(_PlainlyToldSchema(PLAIN_KEEPING))]}


class _PlainlyToldSchema(EventSchema, vocabulary.CreateSchema):  # type: ignore[misc]  # Its fields alone are looked at.
    """An event's fields, with `key` and the modifiers beside them."""

    class Meta:
        exclude = ("set",)

    def described(self, told: Described, refer: Refer) -> Described:
        return {**super().described(told, refer), "not": _HAS_SET}


_HAS_SET: Described = {"required": ["set"]}


class _KnownFieldsSchema(Strict):
    """Wherever an event's fields are `set` in the CRM, none is there that the contract does not know."""

    def described(self, told: Described, refer: Refer) -> Described:
        content = {"propertyNames": {"enum": list(event_schema(PLAIN).fields)}}
        within = refer(self)
        # What is in the mailbox happened elsewhere.
        return {"properties": {"set": content, "mailbox": {}}, "additionalProperties": within, "items": within}


class _Rule(fields.Field[Rule]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Rule:
        rule: Rule = RULE.load(value)
        return rule

    def described(self, refer: Refer) -> Described:
        return refer(RULE)


class _OneOrMore(ListOf):
    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        return super().deserialize([value] if isinstance(value, Mapping) else value, attr, data, **kwargs)

    def described(self, refer: Refer) -> Described:
        assert isinstance(self.inner, fields.Nested)
        return one_or_more(refer(self.inner.schema), maxItems=self.most)


class StorySchema(Strict):
    """What happens, why it hurts, where it was seen, and what a correct client does."""

    what = fields.String(validate=validate.Length(max=TEXT))
    why = fields.String(validate=validate.Length(max=TEXT))
    evidence = fields.String(validate=validate.Length(max=TEXT))
    advice = fields.String(validate=validate.Length(max=TEXT))


class PlotSchema(Strict):
    """What of a fixture file goes on after the start."""

    title = fields.String(load_default="", validate=validate.Length(max=TEXT))
    story = fields.Nested(StorySchema)
    steps = StepsField()
    expect = fields.Nested(ExpectedSchema)

    @post_load(pass_original=True)
    def plan(self, data: dict[str, Any], original: Mapping[str, Any], **_: Any) -> Any:
        told = {name: original[name] for name in PlotSchema().fields if name in original}
        steps, expected = data.pop("steps", ()), data.pop("expect", {})
        data.pop("story", None)
        return self.build({**data, "plot": Plot(told, steps, Expected(**expected))})

    def build(self, data: dict[str, Any]) -> Any:
        """What all of it makes."""
        return data["plot"]


class ScenarioSchema(PlotSchema):
    """A fixture file: what a sandbox starts from, what happens then, and what must hold at the end."""

    clock = fields.Nested(ClockSchema)
    dialect = DialectField(load_default=Dialect)
    seed = Whole(least=0, most=LONG - 1, load_default=0)
    events = ListOf(fields.Nested(_Told), most=MAX_EVENTS, load_default=list)
    generate = _OneOrMore(fields.Nested(SeedSchema), load_default=list)
    faults = ListOf(_Rule(), most=MAX_RULES, load_default=list)

    @validates_schema(skip_on_field_errors=True)
    def few_enough(self, data: Mapping[str, Any], **_: Any) -> None:
        if sum(order["count"] for order in data["generate"]) > MAX_EVENTS:
            raise ValidationError(f"Must have at most {MAX_EVENTS:,} events invented in all.", "generate")

    @validates_schema
    def not_too_many(self, data: Mapping[str, Any], **_: Any) -> None:
        if sum(order["count"] for order in data.get("generate", ())) > MAX_SEED_COUNT:
            raise ValidationError(f"More than {MAX_SEED_COUNT:,} events in all.", "generate")

    def build(self, data: dict[str, Any]) -> Scenario:
        clock = data.get("clock", {})
        mode = clock.pop("mode", "frozen" if "now" in clock else "running")
        return Scenario(
            title=data["title"],
            clock=ClockSetting(**clock, running=mode == "running"),
            dialect=data["dialect"],
            seed=data["seed"],
            events=tuple(data["events"]),
            generate=tuple(data["generate"]),
            faults=tuple(data["faults"]),
            plot=data["plot"],
        )

    def described(self, told: Described, refer: Refer) -> Described:
        """Unless the CRM keeps what it does not know, an event has no unknown fields."""
        known = refer(_KnownFieldsSchema())
        names = [*event_schema(PLAIN).fields, *(name for name in _Told().fields if name != "set")]
        event = {"if": _HAS_SET, "then": known, "else": {"propertyNames": {"enum": names}}}
        strictly = {"events": {"items": event}, "faults": known, "steps": known}
        keeps = {"type": "object", "properties": {"dialect": refer(KeepingSchema())}, "required": ["dialect"]}
        becomes = {"properties": {"steps": {"contains": keeps}}, "required": ["steps"]}
        return told | {"if": {"anyOf": [keeps, becomes]}, "else": {"properties": strictly}}


def read_plot(told: Any, place: int, syncs: int, done: bool) -> Plot:
    """The plot that a snapshot tells of. Raises `ScenarioInvalid`."""
    plot: Plot = PlotSchema().check(told, ScenarioInvalid, "The scenario")
    if place > len(plot.steps) or syncs > place or (done and place < len(plot.steps)):
        raise ScenarioInvalid("The scenario has not so many steps.")
    return replace(plot, place=place, syncs=syncs, done=done)


def read_scenario(text: str, name: str) -> Scenario:
    """The scenario in a file's text. Raises `ScenarioInvalid`, which says for each mistake file, line and field."""
    return _read(_document(text, name), name)


def _document(text: str, name: str) -> Document:
    try:
        return read_yaml(text)
    except Malformed as error:
        raise _refusal(name, [(error.line, "", str(error))]) from error


def scenario_of(body: Any) -> Scenario:
    """The scenario that a JSON body tells in full, or a shipped one that it names, bare or as its `name`.

    Raises `ScenarioInvalid` and `ScenarioNotFound`.
    """
    name = body.get("name") if isinstance(body, dict) else body
    if isinstance(body, dict) and "name" in body and len(body) > 1:
        problem = {each: ["The named scenario says that."] for each in body if each != "name"}
        raise ScenarioInvalid("A scenario is named, or told in full.", problem)
    return find_scenario(name) if isinstance(name, str) else _read(Document(body, None), "scenario")


def _read(document: Document, name: str) -> Scenario:
    try:
        scenario: Scenario = ScenarioSchema().load(document.data)
    except ValidationError as error:
        raise _refusal(name, _located(document, error.messages)) from error
    _try_events(scenario, document, name)
    _try_steps(scenario, document, name)
    return scenario


def _try_steps(scenario: Scenario, document: Document, name: str) -> None:
    """Run the plot as it would with a client that does nothing. All of it is one whole."""
    if scenario.plot is None or not scenario.plot.steps:
        return
    state = scenario.start()
    try:
        with state.bounded():
            state.foresee(actions_of(scenario.plot.steps))
            while not run_until_sync(state).done:
                pass
    except Refusal as error:
        problem = _text_of(error.details or {"steps": {}}, str(error.args[0]))
        raise _refusal(name, _located(document, problem)) from error


def _text_of(details: Mapping[str, Any], message: str) -> Any:
    """A refusal's details, with its message where they say nothing."""
    if not details:
        return [message]
    return {
        int(step) if step.isdecimal() else step: _text_of(inner, message) if isinstance(inner, Mapping) else inner
        for step, inner in details.items()
    }


def _try_events(scenario: Scenario, document: Document, name: str) -> None:
    state = State(FakeCrm(scenario.clock.start(), scenario.dialect))
    problems: list[tuple[int, str, str]] = []
    for place, told in enumerate(scenario.events):
        try:
            actions.create(state, COLLEAGUE, **told, ticks=False)
        except Refusal as error:
            problems += _located(document, {"events": {place: _text_of(error.details, error.message)}})
            if len(problems) >= MAX_PROBLEMS:
                problems.append((1, "", *AND_MORE))
                break
    if problems:
        raise _refusal(name, problems)


def load_scenario(path: Path) -> Scenario:
    """The scenario in a file. Raises `ScenarioInvalid`, also when the file cannot be read."""
    return read_scenario(_contents(path), str(path))


def _contents(path: Path) -> str:
    try:
        _check_file(path)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _refusal(str(path), [(1, "", f"Cannot be read: {error.strerror}.")]) from error
    except UnicodeDecodeError as error:
        raise _refusal(str(path), [(1, "", "Not UTF-8 text.")]) from error


def _check_file(path: Path) -> None:
    """Raises `OSError` for what is there and no file, and `ScenarioInvalid` for one that is too large."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "Not a file")
    if path.stat().st_size > MAX_FILE:
        raise _refusal(str(path), [(1, "", f"Larger than {MAX_FILE:,} bytes.")])


def scenarios() -> Mapping[str, Path]:
    """The scenarios that come with mockcrm, by name: those of the hazards among them."""
    return {**named(), **named("hazards")}


def told_in(path: Path) -> Any:
    """What a file says, as JSON has it and `PUT /admin/scenario` takes it. Raises `ScenarioInvalid`."""
    document = _document(_contents(path), str(path))
    _read(document, str(path))
    return document.data


def find_scenario(name: str) -> Scenario:
    """A shipped scenario by its name. Raises `ScenarioNotFound`."""
    path = _path_of(name)
    return _read_once(path, path.stat().st_mtime_ns)


def _path_of(name: str) -> Path:
    path = scenarios().get(name)
    if path is None:
        near = alike(name, scenarios())
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ScenarioNotFound(f"There is no scenario {name!r}.{meant} GET /admin/scenarios lists all.")
    return path


def told_scenario(name: str) -> dict[str, Any]:
    """A shipped scenario as its file tells it. Raises `ScenarioNotFound`."""
    path = _path_of(name)
    return _told_once(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _told_once(path: Path, changed: int) -> dict[str, Any]:
    told: dict[str, Any] = read_yaml(path.read_text(encoding="utf-8")).data
    return told


@lru_cache(maxsize=128)
def _read_once(path: Path, changed: int) -> Scenario:
    return load_scenario(path)


def _located(document: Document, messages: Any) -> list[tuple[int, str, str]]:
    return [(document.line(path), shortened(_dotted(path)), shortened(text)) for path, text in _flat(messages, ())]


def _flat(messages: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(messages, Mapping):
        for step, inner in messages.items():
            yield from _flat(inner, path if step in ("_schema", "set") else (*path, step))
    else:
        yield path, messages[0] if isinstance(messages, list) else str(messages)


def _dotted(path: tuple[Any, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _refusal(name: str, problems: list[tuple[int, str, str]]) -> ScenarioInvalid:
    found = sorted((each for each in problems if each[-1] not in AND_MORE), key=_place)
    more = AND_MORE if len(problems) > min(len(found), MAX_PROBLEMS) else ()
    told = found[:MAX_PROBLEMS]
    # What a file says makes no line of its own, and no command to a terminal.
    lines = [harmless(f"{name}:{line}: {field + ': ' if field else ''}{text}") for line, field, text in told]
    details = {"problems": [{"line": line, "field": field, "message": text} for line, field, text in told]}
    return ScenarioInvalid("\n".join([*lines, *more]), details | ({MORE: [*more]} if more else {}))


def _place(problem: tuple[int, str, str]) -> tuple[int, list[tuple[int, str]], str]:
    """Where a mistake is, in the order in which people count: `steps[9]` comes before `steps[10]`."""
    line, field, text = problem
    parts = re.split(r"([0-9]+)", field)
    return line, [(int(part[:9]), part) if place % 2 else (0, part) for place, part in enumerate(parts)], text
