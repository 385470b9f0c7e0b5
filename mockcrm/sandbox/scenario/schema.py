"""How a scenario is read from JSON or YAML, and described as JSON Schema."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate, validates_schema

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer, one_or_more
from mockcrm.base.schema.fields import LONG, ListOf, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.actions import MAX_SEED_COUNT
from mockcrm.crm.change import VisibilityPoint
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.dialect.knobs import CONTROLS, CONTROLS_KEEPING, Dialect
from mockcrm.crm.dialect.named import DialectField, KeepingSchema
from mockcrm.crm.drafts import Draft
from mockcrm.crm.fake_crm import NO_OPTIONS
from mockcrm.crm.kinds.keyed_schema import keyed_schema
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.record_schema import MAX_UNKNOWN, RecordSchema
from mockcrm.errors import ScenarioInvalid
from mockcrm.faults.rules import MAX_RULES, Rule
from mockcrm.sandbox.action_schemas import MODIFIERS, RULE, split_modifiers
from mockcrm.sandbox.control_schemas import ClockSchema, SeedSchema
from mockcrm.sandbox.record_arguments import CreateSchema, DraftField
from mockcrm.sandbox.scenario.expectations import Expected, ExpectedSchema
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.scenario.start_records import loading_order
from mockcrm.sandbox.scenario.step_schema import StepsField
from mockcrm.sandbox.scenario.steps import MAX_STORY_TEXT
from mockcrm.sandbox.state import ScenarioRun

MAX_SCENARIO_EVENTS = MAX_SEED_COUNT
"""The most records of all kinds that a scenario contains, and the most events that are invented for it in all."""


_BESIDE = {"set", *MODIFIERS}


class _StartRecord(CreateSchema):
    """A record of the start state: its fields, with `key` and the modifiers beside them."""

    of: ClassVar[Kind]

    def load(self, data: Any, **options: Any) -> Any:
        if not isinstance(data, Mapping) or len(data) > self.strays or not _BESIDE.isdisjoint(data):
            return super().load(data, **options)
        # There may be very many, of which most have fields alone.
        return {"content": Draft(data, None, kind=self.of), "options": NO_OPTIONS}

    @pre_load
    def gather_fields(self, data: Any, **_: Any) -> Any:
        return split_modifiers(data)

    def described(self, described: Described, refer: Refer) -> Described:
        draft = self.fields["set"]
        assert isinstance(draft, DraftField)
        assert draft.kind is not None
        return {"anyOf": [{**described, "type": "object"}, refer(_flat(draft.kind)(CONTROLS_KEEPING))]}


@cache
def _start_record(kind: Kind) -> type[_StartRecord]:
    """The schema of a record of a kind, as a section of a file has it."""
    more = {
        "of": kind,
        "set": DraftField(kind=kind),
        "strays": len(kind.schema(CONTROLS).fields) + MAX_UNKNOWN,
        "Meta": type("Meta", (), {"exclude": ("kind",)}),
        "__doc__": _StartRecord.__doc__,
    }
    return type(f"Start{kind.title}Schema", (_StartRecord,), more)


class _FlatSchema(CreateSchema):
    """A record's fields, with `key` and the modifiers beside them."""

    class Meta:
        exclude = ("set", "kind")


@cache
def _flat(kind: Kind) -> Callable[[Dialect], Schema]:
    """What describes a record of a kind whose fields are not in `set`. Only its fields are used."""
    fields_of = keyed_schema(kind.schema_class)

    def described(self: RecordSchema, described: Described, refer: Refer) -> Described:
        return {**fields_of.described(self, described, refer), "not": _HAS_SET}

    more = {"__doc__": _FlatSchema.__doc__, "described": described}
    return type(f"FlatStart{kind.title}Schema", (fields_of, _FlatSchema), more)


_HAS_SET: Described = {"required": ["set"]}


class _KnownFieldsSchema(Strict):
    """All that `set` contains, at any depth, are fields that the contract knows."""

    def described(self, described: Described, refer: Refer) -> Described:
        names = dict.fromkeys(name for kind in KINDS.values() for name in kind.schema(CONTROLS).fields)
        content = {"propertyNames": {"enum": [*names]}}
        within = refer(self)
        # The events of the mailbox are not the CRM's.
        return {"properties": {"set": content, "mailbox": {}}, "additionalProperties": within, "items": within}


class _Rule(Field[Rule]):
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

    what = fields.String(validate=validate.Length(max=MAX_STORY_TEXT))
    why = fields.String(validate=validate.Length(max=MAX_STORY_TEXT))
    evidence = fields.String(validate=validate.Length(max=MAX_STORY_TEXT))
    advice = fields.String(validate=validate.Length(max=MAX_STORY_TEXT))


class ScenarioRunSchema(Strict):
    """The part of a fixture file that matters after the start."""

    title = fields.String(load_default="", validate=validate.Length(max=MAX_STORY_TEXT))
    story = fields.Nested(StorySchema)
    steps = StepsField()
    expect = fields.Nested(ExpectedSchema)

    @post_load(pass_original=True)
    def build_all(self, data: dict[str, Any], original: Mapping[str, Any], **_: Any) -> Any:
        raw = {name: original[name] for name in _run_schema().fields if name in original}
        steps, expected = data.pop("steps", ()), data.pop("expect", Expected())
        data.pop("story", None)
        return self.build({**data, "run": ScenarioRun(raw, steps, expected)})

    def build(self, data: dict[str, Any]) -> Any:
        """The result of the schema, from what its fields gave."""
        return data["run"]


@cache
def _run_schema() -> ScenarioRunSchema:
    return ScenarioRunSchema()


class ScenarioSchema(ScenarioRunSchema):
    """A fixture file: what a sandbox starts from, what happens then, and what must hold at the end."""

    clock = fields.Nested(ClockSchema)
    dialect = DialectField(load_default=Dialect)
    seed = Whole(least=0, most=LONG - 1, load_default=0)
    generate = _OneOrMore(fields.Nested(SeedSchema), load_default=list)
    faults = ListOf(_Rule(), most=MAX_RULES, load_default=list)

    class Meta:
        include = {
            kind.path: ListOf(fields.Nested(_start_record(kind)), most=MAX_SCENARIO_EVENTS, load_default=list)
            for kind in KINDS.values()
        }

    @validates_schema(skip_on_field_errors=True)
    def few_enough(self, data: Mapping[str, Any], **_: Any) -> None:
        if sum(order["count"] for order in data["generate"]) > MAX_SCENARIO_EVENTS:
            raise ValidationError(f"Must have at most {MAX_SCENARIO_EVENTS:,} events in all.", "generate")
        if sum(len(data[kind.path]) for kind in KINDS.values()) > MAX_SCENARIO_EVENTS:
            raise ValidationError(f"Must have at most {MAX_SCENARIO_EVENTS:,} records in all.")

    def build(self, data: dict[str, Any]) -> Scenario:
        clock = data.get("clock", {})
        mode = clock.pop("mode", "frozen" if "now" in clock else "running")
        return Scenario(
            title=data["title"],
            clock=ClockSetting(**clock, running=mode == "running"),
            dialect=data["dialect"],
            seed=data["seed"],
            records=loading_order({kind.path: data[kind.path] for kind in KINDS.values()}),
            generate=tuple(data["generate"]),
            faults=tuple(data["faults"]),
            run=data["run"],
        )

    def described(self, described: Described, refer: Refer) -> Described:
        """Unless the CRM keeps what it does not know, a record has no unknown fields."""
        known = refer(_KnownFieldsSchema())
        strictly = {kind.path: {"items": _strictly(kind, known)} for kind in KINDS.values()}
        strictly |= {"faults": known, "steps": known}
        keeps = {"type": "object", "properties": {"dialect": refer(KeepingSchema())}, "required": ["dialect"]}
        becomes = {"properties": {"steps": {"contains": keeps}}, "required": ["steps"]}
        return described | {"if": {"anyOf": [keeps, becomes]}, "else": {"properties": strictly}}


@cache
def scenario_schema() -> ScenarioSchema:
    """The one that reads all scenarios: to make it takes as long as to read a short one."""
    return ScenarioSchema()


def _strictly(kind: Kind, known: Described) -> Described:
    """A record of a kind without unknown fields."""
    names = [*kind.schema(CONTROLS).fields, *_FlatSchema().fields]
    return {"if": _HAS_SET, "then": known, "else": {"propertyNames": {"enum": names}}}


def read_scenario_run(
    told: Any,
    place: int,
    syncs: int,
    done: bool,
    asked: Sequence[bool] | None = None,
    shown: VisibilityPoint | None = None,
) -> ScenarioRun:
    """The scenario run in a snapshot, whose key for the scenario itself is `told`. Raises `ScenarioInvalid`.

    A snapshot of an earlier version does not say at which syncs a request came: it counts as if one had come at each.
    """
    run: ScenarioRun = _run_schema().check(told, ScenarioInvalid, "The scenario")
    if place > len(run.steps) or syncs > place or (done and place < len(run.steps)):
        raise ScenarioInvalid("The scenario has fewer steps than its run says.")
    asked = (True,) * syncs if asked is None else tuple(asked)
    if len(asked) != syncs:
        raise ScenarioInvalid(f"The scenario has had {syncs} syncs, but `asked` has {len(asked)} members.")
    return replace(run, place=place, done=done, asked=asked, shown=shown)
