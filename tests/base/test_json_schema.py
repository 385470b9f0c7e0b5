"""`describing`: the JSON Schema of fixture files takes what can be read, and marks what cannot."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from marshmallow import Schema, fields

from mockcrm import web  # noqa: F401  every field class there is
from mockcrm.base.schema.bases import Field, List, String
from mockcrm.base.schema.descriptions import sentence_of
from mockcrm.base.schema.fields import Whole
from mockcrm.base.schema.json_schema import Describer
from mockcrm.base.strict_yaml import read_yaml
from mockcrm.cli.main import main
from mockcrm.crm.dialect.knobs import CONTROLS, KNOBS, PLAIN
from mockcrm.crm.dialect.named import names
from mockcrm.crm.kinds.event_schema import EventSchema
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists import parameters  # noqa: F401  every field class there is
from mockcrm.crm.lists.parameters import EventsParameters
from mockcrm.errors import ScenarioInvalid
from mockcrm.faults.effects.table import EFFECTS
from mockcrm.journal.matcher_schema import JournalMatcherSchema, MatcherSchema
from mockcrm.sandbox import snapshot  # noqa: F401  every field class there is
from mockcrm.sandbox.action_schemas import RULE, VERBS
from mockcrm.sandbox.scenario import schema  # noqa: F401  every field class there is
from mockcrm.sandbox.scenario.fixture_file import read_scenario
from mockcrm.sandbox.scenario.schema import ScenarioSchema
from tests.processes import printed_whatever_the_hashes

FIXTURES = Path(__file__).parents[2] / "fixtures"
START = "startTime: 2026-03-03T09:00:00Z"
EVENT = f"{START}, endTime: 2026-03-03T10:00:00Z"
FAULT = "faults: [{effect: %s}]"


@cache
def described() -> dict[str, Any]:
    printed = CliRunner().invoke(main, ["scenario", "schema"], catch_exceptions=False)
    payload: dict[str, Any] = orjson.loads(printed.stdout)
    return payload


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(described())


def fits(text: str) -> bool:
    return bool(validator().is_valid(read_yaml(text).data))


def within(payload: Any, name: str) -> Iterator[Any]:
    """All values that stand under a name, however deep."""
    if isinstance(payload, dict):
        if name in payload:
            yield payload[name]
        for value in payload.values():
            yield from within(value, name)
    elif isinstance(payload, list):
        for value in payload:
            yield from within(value, name)


def properties(name: str) -> set[str]:
    return set(described()["$defs"][name]["properties"])


def test_it_is_itself_a_valid_schema() -> None:
    Draft202012Validator.check_schema(described())
    assert described()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert described()["title"]


def test_every_reference_leads_somewhere() -> None:
    references = {each for each in within(described(), "$ref") if isinstance(each, str)}
    assert len(references) > 50
    for reference in references:
        found: Any = described()
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_patterns_are_such_as_every_editor_reads() -> None:
    patterns = {each for each in within(described(), "pattern") if isinstance(each, str)}
    assert len(patterns) > 5
    for pattern in patterns:
        assert not re.search(r"\(\?P|\\[AZ]", pattern)
        assert (pattern[0], pattern[-1]) == ("^", "$")


def test_it_is_the_same_every_time_and_a_server_does_not_pay_for_it() -> None:
    code = (
        "import sys; from mockcrm.cli.main import main as run; 'apispec' in sys.modules or run(['scenario', 'schema'])"
    )
    assert orjson.loads(printed_whatever_the_hashes(code)) == described()


# What it takes


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.yaml")) + sorted(FIXTURES.glob("hazards/*.yaml")), ids=str)
def test_every_shipped_fixture_file_fits(path: Path) -> None:
    # Most of the largest file is one attendee five thousand times.
    payload = read_yaml(path.read_text(encoding="utf-8")).data
    for event in payload.get("events", []):
        event["attendees"] = event.get("attendees", [])[:50]
    assert [f"{error.json_path}: {error.message}"[:300] for error in validator().iter_errors(payload)] == []


FINE = [
    "{}",
    "dialect: aurinko",
    "dialect: {name: google, deletedStatus: 410, pageSize: null, pageTokenLife: 1h, unbumpedFields: [subject]}",
    "clock: {now: 2026-03-02t09:00:00.5+01:00, mode: running, rate: 60, tick: PT0.001S}",
    f"events: [{{key: a, visibleAfter: 5m, stamp: -1h, by: null, subject: null, {EVENT}}}]",
    f"events: [{{key: a, set: {{id: '1234', {EVENT}}}}}]",
    "events: [{allDay: true, startTime: 2026-03-12, endTime: 2026-03-14}]",
    f"events: [{{{EVENT}, relatedTo: {{type: Lead, id: 5}}, attendees: [{{userId: u, status: Declined}}]}}]",
    f"dialect: {{unknownFields: keep}}\nevents: [{{{EVENT}, stage: Won}}]\nsteps: [create: {{set: {{{EVENT}, x: 1}}}}]",
    f"steps: [dialect: {{unknownFields: keep}}, create: {{set: {{{EVENT}, stage: Won}}}}]",
    "users: [{key: ann, name: Ann, emailAddress: a@x.example, timezone: Europe/Berlin, active: true, by: null}]",
    "contacts: [{key: wile, stamp: -1h, set: {lastName: Coyote, accountId: acme}}]",
    "opportunities: [{name: New, contactIds: [wile, '7'], amount: 1.5, closeDate: 2026-03-02, ownerId: null}]",
    f"dialect: {{unknownFields: keep}}\naccounts: [{{name: Acme, tier: 1}}]\nevents: [{{{EVENT}}}]",
    f"users: [{{key: u, name: U, emailAddress: u@x}}]\nevents: [{{{EVENT}, attendees: [u, {{userId: u}}]}}]",
    f"contacts: [{{key: c, lastName: C}}]\nevents: [{{{EVENT}, attendees: [{{contactId: c}}], relatedTo: c}}]",
    f"accounts: [{{key: a, name: A}}]\nevents: [{{{EVENT}, relatedTo: [a, {{type: Account, id: a}}]}}]",
    f"events: [{{key: a, {EVENT}}}, {{{EVENT}, parentId: a}}]",
    "generate: {count: 3, seed: null, locales: [de_DE]}",
    "generate: [{count: 3}, {from: 2026-03-04T00:00:00Z}]",
    FAULT % "html",
    FAULT % "{status: 503}",
    FAULT % "{status: {status: 503, headers: {Retry-After: '5'}, body: {any: [thing]}, when: after}}",
    FAULT % "{delay: 2s}",
    FAULT % "{delay: {min: 1s, max: 2s}}",
    FAULT % "{do: {edit: {event: a, set: {subject: x}}}}",
    FAULT % "{do: {actions: [{delete: {event: a}}, {advance: {by: 1m}}], when: after}}",
    "faults: [{match: {operation: [getEvent, listEvents], path: {matches: events$}, query: {a: null}}, effect: html}]",
    "faults: [{effect: html, name: x, times: 1, skip: 0, probability: 0.5, from: 2026-03-04T00:00:00Z}]",
    f"steps: [sync, note: hello, create: {{key: a, set: {{{EVENT}}}}}]",
    "steps: [edit: {event: a, bump: false, set: {allDay: null, attendees: null, subject: null}}]",
    "steps: [mailbox: {create: {as: x, set: {whatever: 1}}}, mailbox: {edit: {event: x, set: {}}}]",
    "steps: [touch: {events: all}, churn: {seed: 3}, clearFaults: {}, dialect: plain, clock: {mode: running}]",
    "steps: [{after: 5m, do: {touch: {events: all}}}, schedule: {every: 1d, do: [{touch: {events: []}}]}]",
    "steps: [{on: {operation: listEvents, page: 1, when: after}, times: 1, do: {touch: {events: all}}}]",
    "steps: [fault: {effect: {do: {fault: {effect: {repeatToken: 2}}}}}]",
    "expect: {events: [{event: a, has: {subject: null, own: 1}}, {event: a, deleted: true}, {like: {}, count: 0}]}",
    "expect: {requests: [{requests: [{operation: getEvent, status: [200, 404], fault: x}], times: {exactly: 1}}]}",
    "story: {what: a, why: b, evidence: c}",
]


@pytest.mark.parametrize("text", FINE)
def test_what_can_be_told_fits(text: str) -> None:
    assert [error.message for error in validator().iter_errors(read_yaml(text).data)] == []
    assert ScenarioSchema().validate(read_yaml(text).data) == {}


# What it does not


WRONG = [
    "[]",
    "colour: blue",
    "title: [no]",
    "seed: -1",
    "seed: '1'",
    "dialect: martian",
    "dialect: {sinse: exclusive}",
    "dialect: {since: sometimes}",
    "dialect: {deletedStatus: '410'}",
    "dialect: {pageSize: 0}",
    "dialect: {indexLag: -5m}",
    "dialect: {unbumpedFields: [subject, subject]}",
    "dialect: {credentials: with blanks}",
    "clock: {now: tomorrow}",
    "clock: {now: 2026-03-02T09:00:00}",
    "clock: {rate: 0}",
    "clock: {mode: stopped}",
    f"events: [{{{START}}}]",
    f"events: {{{EVENT}}}",
    f"events: [{{{EVENT}, subjcet: x}}]",
    f"events: [{{{EVENT}, subject: 5}}]",
    f"events: [{{{EVENT}, allDay: 1}}]",
    f"events: [{{{EVENT}, key: 1a}}]",
    f"events: [{{{EVENT}, bump: false}}]",
    f"events: [{{{EVENT}, attendees: [{{userId: u, status: Maybe}}]}}]",
    f"events: [{{{EVENT}, relatedTo: [{{type: Lead}}]}}]",
    f"events: [{{key: a, subject: b, set: {{{EVENT}}}}}]",
    f"events: [{{key: a, set: {{{EVENT}, subjcet: b}}}}]",
    "events: [{startTime: 9 o'clock, endTime: 2026-03-03T10:00:00Z}]",
    "users: [{name: Ann}]",
    "users: [{name: Ann, emailAddress: a@x.example, firstName: Ann}]",
    "contacts: [{kind: lead, lastName: x}]",
    "contacts: [{kind: lead, set: {lastName: x}}]",
    "opportunities: [{name: New, contactIds: acme}]",
    "accounts: {name: Acme}",
    f"events: [{{{EVENT}, attendees: [1a]}}]",
    f"events: [{{{EVENT}, attendees: [{{contactId: 1a}}]}}]",
    f"events: [{{{EVENT}, relatedTo: 1a}}]",
    "generate: {cuont: 5}",
    "generate: 5",
    "generate: {locales: [xx_XX]}",
    FAULT % "nonsense",
    FAULT % "status",
    FAULT % "{status: 99}",
    FAULT % "{status: 503, html: {}}",
    FAULT % "{html: {colour: red}}",
    FAULT % "{delay: soon}",
    FAULT % "{status: {status: 503, headers: {'a b': c}}}",
    FAULT % "{do: {paint: {}}}",
    "faults: [{}]",
    "faults: [{effect: html, probability: 2}]",
    "faults: [{effect: html, times: 0}]",
    "faults: [{effect: html, match: {operation: readEvent}}]",
    "faults: [{effect: html, match: {path: {like: x}}}]",
    "faults: [{effect: html, match: {page: 0}}]",
    "faults: [{effect: html, match: {status: 200}}]",
    "steps: sync",
    "steps: [snyc]",
    "steps: [paint: {}]",
    "steps: [{advance: {by: 5m}, delete: {event: a}}]",
    "steps: [advance: {by: 5 minutes}]",
    "steps: [advance: {by: -5m}]",
    "steps: [advance: {}]",
    "steps: [delete: a]",
    "steps: [edit: {event: a, set: {subjcet: b}}]",
    "steps: [edit: {event: a, set: {startTime: null}}]",
    "steps: [edit: {event: a}]",
    f"steps: [create: {{{EVENT}}}]",
    f"steps: [create: {{set: {{{START}}}}}]",
    "steps: [touch: {events: some}]",
    "steps: [clearFaults: {now: true}]",
    "steps: [dialect: {sinse: x}]",
    "steps: [note: 5]",
    "steps: [mailbox: {}]",
    "steps: [mailbox: {create: {set: {}}, delete: {event: a}}]",
    "steps: [{do: {touch: {events: all}}}]",
    "steps: [{at: 2026-03-04T00:00:00Z, after: 5m, do: {touch: {events: all}}}]",
    "steps: [{after: 5m, do: {advance: {by: 5m}}}]",
    "steps: [{on: {operation: listEvents, when: during}, do: {touch: {events: all}}}]",
    "steps: [{on: {operation: listEvents}, do: {touch: {events: all}}, effect: html}]",
    "steps: [{on: {operation: listEvents}, do: {touch: {events: all}}, match: {}}]",
    "steps: [{on: {operation: listEvents}, do: {touch: {events: all}}, at: 2026-03-04T00:00:00Z}]",
    "expect: {events: [{has: {subject: x}}]}",
    "expect: {events: [{event: a, like: {}, count: 1}]}",
    "expect: {requests: [{requests: []}]}",
    "expect: {requests: [{requests: [{nth: first}]}]}",
    "story: {who: me}",
]


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_does_not_fit(text: str) -> None:
    with pytest.raises(ScenarioInvalid):
        read_scenario(text, "f.yaml")
    assert not fits(text)


@pytest.mark.parametrize("when", ["after: 5m", "on: {operation: listEvents}"])
def test_neither_does_one_that_shows_only_when_it_happens(when: str) -> None:
    payload = f"steps: [{{{when}, do: [{{create: {{set: {{{EVENT}, %s: x}}}}}}]}}]"
    assert fits(payload % "subject")
    assert not fits(payload % "subjcet")


# What it names


def test_every_field_verb_effect_and_knob_is_named() -> None:
    assert properties("Scenario") == set(ScenarioSchema().fields)
    for kind in KINDS.values():
        names = set(kind.schema(CONTROLS).fields)
        assert properties(f"Keyed{kind.title}") == properties(f"Keyed{kind.title}Patch") == names
    assert properties("Action") == set(VERBS)
    assert properties("Dialect") == {*KNOBS, "name"}
    assert properties("Rule") == {field.data_key or name for name, field in RULE.fields.items()}
    assert properties("Matcher") == set(MatcherSchema().fields)
    assert properties("JournalMatcher") == set(JournalMatcherSchema().fields)
    one_of_words, one_key = described()["$defs"]["Rule"]["properties"]["effect"]["anyOf"]
    assert set(one_key["properties"]) == set(EFFECTS) > set(one_of_words["enum"])
    (step,) = [each for each in described()["$defs"]["Step"]["anyOf"] if "note" in each.get("properties", {})]
    assert set(step["properties"]) == {*VERBS, "note", "mailbox"}


def test_what_is_known_of_it_is_told() -> None:
    payload = {each for each in within(described(), "description") if isinstance(each, str)}
    assert {knob.sentence for knob in KNOBS.values()} <= payload
    assert {sentence_of(effect) for effect in EFFECTS.values()} <= payload
    for verb, known in VERBS.items():
        doc = (known.perform.__doc__ or "").split("\n", maxsplit=1)[0]
        assert doc.startswith(described()["$defs"]["Action"]["properties"][verb]["description"][:-1])
    assert not [text for text in payload if "contract" in text and "section" in text]


def test_dialects_are_told_by_name() -> None:
    assert described()["$defs"]["Scenario"]["properties"]["dialect"]["anyOf"][0]["enum"] == names()


# Beyond fixture files


def every_field(of: type[Field[Any]] = fields.Field) -> Iterator[type[Field[Any]]]:
    for direct in of.__subclasses__():
        if direct.__module__.startswith("mockcrm.") and direct not in (Field, List, String):
            yield direct
        yield from every_field(direct)


@pytest.mark.parametrize("kind", sorted(set(every_field()), key=str), ids=lambda kind: kind.__name__)
def test_every_field_of_our_own_says_what_it_reads(kind: type[Field[Any]]) -> None:
    assert hasattr(kind, "described") or issubclass(kind, fields.Dict | fields.List)


def test_a_field_that_does_not_is_a_mistake() -> None:
    class Mute(Field[Any]):
        pass

    class MuteSchema(Schema):
        mute = Mute()

    with pytest.raises(TypeError, match="Mute"):
        Describer().refer(MuteSchema())


def test_whatever_has_been_described_stands_among_the_components() -> None:
    describer = Describer()
    assert describer.refer(EventsParameters()) == {"$ref": "#/components/schemas/EventsParameters"}
    assert describer.refer(EventSchema(PLAIN)) == describer.refer(EventSchema(PLAIN))
    schemas = describer.spec.to_dict()["components"]["schemas"]
    assert set(schemas) == {"EventsParameters", "Event", "Attendee", "RelatedTo"}
    assert schemas["EventsParameters"]["properties"]["limit"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "description": "The page size.",
        "examples": [100],
    }
    assert schemas["Event"]["additionalProperties"] is False


def test_null_is_told_where_it_is_read() -> None:
    class NullSchema(Schema):
        number = Whole(least=1, most=2, allow_none=True)

    described = Describer().document(NullSchema(), "")
    assert described["$defs"]["Null"]["properties"]["number"]["type"] == ["integer", "null"]
