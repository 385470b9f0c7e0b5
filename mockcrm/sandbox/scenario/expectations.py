"""What must hold at the end of a scenario: how it is checked, and how it is read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

import orjson
from marshmallow import ValidationError, fields, post_load, validates_schema

from mockcrm.audit.auditor import Audit
from mockcrm.audit.findings import GRAVE, RENAMED, current_code
from mockcrm.audit.judgement import Judgement
from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer, sentence_of
from mockcrm.base.schema.fields import MAX_MEMBERS, Flag, ListOf, Named, Whole, check_size
from mockcrm.base.schema.strict import OneOfSome, Strict
from mockcrm.base.search_budget import SearchBudget
from mockcrm.base.times import format_instant, parse_instant
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.rendering import shown_record
from mockcrm.errors import RequestInvalid
from mockcrm.journal.body_matcher import is_within
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import Dropped
from mockcrm.journal.verification import Expectation, ExpectationSchema, Inconclusive
from mockcrm.sandbox.control_schemas import KindField


@dataclass(frozen=True, slots=True)
class ExpectedAudit:
    """What the audit may find, notes aside: `exactly` these codes, none but these (`allow`), or `any`.

    `ExpectedAudit()` expects a clean audit, as a scenario does that says nothing of it.
    """

    codes: frozenset[str] = frozenset()
    rule: Literal["exactly", "allow", "any"] = "exactly"

    def judged(self, audit: Audit) -> Judgement:
        """Whether an audit is as expected: `failed` if it finds something else, `inconclusive` if it judges nothing.

        Findings that must be there have judged the client.
        """
        found = {each.kind.code for each in audit.findings if each.kind.is_grave}
        must_be_there = self.rule == "exactly" and self.codes
        if self.rule == "any" or (must_be_there and found == self.codes):
            return Judgement("passed")
        judgement = audit.judged(self.codes)
        if not must_be_there and judgement.verdict != "failed":
            return judgement
        besides = "no findings besides " if self.rule == "allow" and self.codes else ""
        expected = f"audit: expected {besides}{_listed(self.codes)}"
        return Judgement("failed", (f"{expected}, but the audit finds {_listed(found)}.",))


@dataclass(frozen=True, slots=True)
class Expected:
    """What must hold at the end: for the CRM's events and other records, for the requests, and for the audit."""

    events: Sequence[Mapping[str, Any]] = ()
    records: Sequence[Mapping[str, Any]] = ()
    requests: Sequence[Expectation] = ()
    audit: ExpectedAudit = ExpectedAudit()

    def unmet(self, crm: FakeCrm, entries: Sequence[Entry], dropped: Dropped) -> "Unmet":
        """What does not hold of the records and of the requests. `dropped` are the requests before the `entries`."""
        failures, unknown, budget = list[str](), list[str](), SearchBudget()
        for place, event in enumerate(self.events):
            failures += (f"events[{place}]: {text}" for text in _failures(crm, EVENT, event, event.get("event", "")))
        for place, each in enumerate(self.records):
            failures += (
                f"records[{place}]: {text}" for text in _failures(crm, each["kind"], each, each.get("record", ""))
            )
        for place, request in enumerate(self.requests):
            try:
                found = request.held_against(entries, budget, dropped).outcome()
            except RequestInvalid as refusal:
                # An expectation whose patterns take too long is not met.
                failures.append(f"requests[{place}]: {refusal.message}")
                continue
            if found:
                found_in = unknown if isinstance(found, Inconclusive) else failures
                found_in.append(f"requests[{place}].{' '.join(found.reasons)}")
        return Unmet(tuple(failures), tuple(unknown))


class Unmet(NamedTuple):
    """What does not hold, in words, and of what that is not known: the requests were dropped, cut or are under way."""

    failures: tuple[str, ...]
    unknown: tuple[str, ...]


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes)) or "no findings"


def _failures(crm: FakeCrm, kind: Kind, wanted: Mapping[str, Any], name: str) -> Iterator[str]:
    """What does not hold of one record, by its id or key, or of those that are `like` something."""
    if "like" in wanted:
        yield from _count_failures(crm, kind, wanted["like"], wanted["count"])
        return
    change = crm.store.of(kind).latest(crm.resolve(kind, name))
    if change is None:
        yield f"there is no {kind.name} {name!r}."
    elif change.deleted and not wanted.get("deleted"):
        yield f"{name} is deleted, and should {_expected_of_living(wanted)}."
    elif wanted.get("deleted") and not change.deleted:
        yield f"{name} is not deleted, and should be."
    else:
        shown = shown_record(change, names=crm.store.link_names)
        for field, value in _as_shown(wanted.get("has", {})).items():
            if not is_within(value, shown.get(field)):
                yield f"{name} has {field} {_json(shown.get(field))}, not {_json(value)}."


def _expected_of_living(wanted: Mapping[str, Any]) -> str:
    fields = [f"{field} {_json(value)}" for field, value in _as_shown(wanted.get("has", {})).items()]
    return f"have {' and '.join(fields)}" if fields else "not be"


def _count_failures(crm: FakeCrm, kind: Kind, like: Mapping[str, Any], wanted: int) -> Iterator[str]:
    like = _as_shown(like)
    names = crm.store.link_names
    count = sum(is_within(like, shown_record(change, names=names)) for change in crm.store.of(kind).live())
    if count != wanted:
        yield f"{count} {f'{kind.name} is' if count == 1 else f'{kind.path} are'} like {_json(like)}, not {wanted}."


def _as_shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as the CRM shows them: instants to the millisecond."""
    return {
        name: _instant(value) if name in ("startTime", "endTime", "lastModifiedAt") else value
        for name, value in values.items()
    }


def _instant(value: Any) -> Any:
    try:
        return format_instant(parse_instant(value))
    except (TypeError, ValueError):
        return value


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


class _Expected(OneOfSome):
    """What one record `has`, or that it is `deleted`; or how many are `like` something. `one` says what names it."""

    one: ClassVar[str]

    has = Named(fields.String(), fields.Raw(allow_none=True))
    deleted = Flag()
    like = Named(fields.String(), fields.Raw(allow_none=True))
    count = Whole(least=0)

    @validates_schema
    def check_combination(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("like" in data) != ("count" in data):
            raise ValidationError("`like` and `count`, how many events are like that, belong together.", "count")
        if "like" in data and ("has" in data or "deleted" in data):
            raise ValidationError(f"`has` and `deleted` need {self.one}.", "like")


class _ExpectedEvent(_Expected):
    """One event, by id or key, with fields that it has, or `deleted`; or how many events are `like` something."""

    exactly_one = ("event", "like")
    one = "an `event`"

    event = fields.String()


class _ExpectedRecord(_Expected):
    """The same for records of some `kind`: one `record`, or how many are `like` something."""

    exactly_one = ("record", "like")
    one = "a `record`"

    kind = KindField(required=True)
    record = fields.String()


class _ExpectedAuditField(Field[ExpectedAudit]):
    """What the audit finds, notes aside: `clean`, `any`, exactly the codes of a list, or none but those in `allow`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> ExpectedAudit:
        match value:
            case "clean":
                return ExpectedAudit()
            case "any":
                return ExpectedAudit(rule="any")
            case {"allow": codes, **rest} if not rest:
                return ExpectedAudit(_codes(codes), "allow")
            case _:
                return ExpectedAudit(_codes(value))

    def described(self, refer: Refer) -> Described:
        codes = {"type": "array", "items": {"enum": [*GRAVE]}, "maxItems": MAX_MEMBERS}
        allowing = {
            "type": "object",
            "properties": {"allow": codes},
            "required": ["allow"],
            "additionalProperties": False,
        }
        return {"anyOf": [{"enum": ["clean", "any"]}, codes, allowing], "description": sentence_of(self)}


def _codes(value: Any) -> frozenset[str]:
    check_size(value)
    known = {*GRAVE, *RENAMED}
    if not isinstance(value, list) or not all(isinstance(code, str) and code in known for code in value):
        ways = "Neither `clean` nor `any`, nor a list of codes, nor such a list under `allow`"
        raise ValidationError(f"{ways}; there are {', '.join(GRAVE)}.")
    return frozenset(map(current_code, value))


class ExpectedSchema(Strict):
    """What must hold at the end: the object `expect` of a fixture file."""

    events = ListOf(fields.Nested(_ExpectedEvent), load_default=list)
    records = ListOf(fields.Nested(_ExpectedRecord), load_default=list)
    requests = ListOf(fields.Nested(ExpectationSchema), most=100, load_default=list)
    audit = _ExpectedAuditField(allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Expected:
        return Expected(data["events"], data["records"], data["requests"], data.get("audit") or ExpectedAudit())
