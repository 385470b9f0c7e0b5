"""What must hold at the end of a scenario: how it is checked, and how it is read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from marshmallow import ValidationError, fields, validates_schema

from mockcrm.audit.findings import GRAVE, RENAMED, current_code
from mockcrm.base.schema.descriptions import Described, Refer, sentence_of
from mockcrm.base.schema.fields import MAX_MEMBERS, Flag, ListOf, Named, Whole, check_size
from mockcrm.base.schema.strict import OneOfSome, Strict
from mockcrm.base.search_budget import SearchBudget
from mockcrm.base.times import format_instant, parse_instant
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.rendering import shown_event
from mockcrm.errors import RequestInvalid
from mockcrm.journal.body_matcher import is_within
from mockcrm.journal.entry import Entry
from mockcrm.journal.verification import Expectation, ExpectationSchema


@dataclass(frozen=True, slots=True)
class Expected:
    """What must hold at the end: for the CRM's events, for the requests, and for the audit.

    `audit` has the codes of exactly those findings that there must be, apart from notes; with None any will do.
    """

    events: Sequence[Mapping[str, Any]] = ()
    requests: Sequence[Expectation] = ()
    audit: frozenset[str] | None = None

    def __bool__(self) -> bool:
        return bool(self.events or self.requests or self.audit is not None)

    def failures(self, crm: FakeCrm, entries: Sequence[Entry], codes: Callable[[], set[str]]) -> list[str]:
        """What does not hold, in words. `codes` gives those of the audit's findings."""
        found: list[str] = []
        for place, event in enumerate(self.events):
            found += (f"events[{place}]: {text}" for text in _event_failures(crm, event))
        budget = SearchBudget()
        for place, request in enumerate(self.requests):
            found += (f"requests[{place}]{text}" for text in _request_failures(request, entries, budget))
        if self.audit is not None and (seen := codes()) != self.audit:
            found.append(f"audit: expected {_listed(self.audit)}, but the audit finds {_listed(seen)}.")
        return found


def _request_failures(wanted: Expectation, entries: Sequence[Entry], budget: SearchBudget) -> Iterator[str]:
    """Why an expectation is not met. It is not where its patterns take too long to know."""
    try:
        found = wanted.held_against(entries, budget).outcome()
    except RequestInvalid as refusal:
        yield f": {refusal.message}"
    else:
        if found:
            yield f".{' '.join(found.reasons)}"


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes)) or "no findings"


def _event_failures(crm: FakeCrm, wanted: Mapping[str, Any]) -> Iterator[str]:
    if "like" in wanted:
        yield from _count_failures(crm, wanted["like"], wanted["count"])
        return
    name, change = wanted["event"], crm.store.latest(crm.resolve(wanted["event"]))
    if change is None:
        yield f"there is no event {name!r}."
    elif change.deleted != wanted.get("deleted", False):
        yield f"{name} {'is deleted' if change.deleted else 'is not deleted'}."
    else:
        shown = shown_event(change)
        for field, value in _as_shown(wanted.get("has", {})).items():
            if not is_within(value, shown.get(field)):
                yield f"{name} has {field} {_json(shown.get(field))}, not {_json(value)}."


def _count_failures(crm: FakeCrm, like: Mapping[str, Any], wanted: int) -> Iterator[str]:
    like = _as_shown(like)
    count = sum(is_within(like, shown_event(change)) for change in crm.store.live())
    if count != wanted:
        yield f"{count} {'event is' if count == 1 else 'events are'} like {_json(like)}, not {wanted}."


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


class _ExpectedEvent(OneOfSome):
    """One event, by id or key, with fields that it has, or `deleted`; or how many events are `like` something."""

    exactly_one = ("event", "like")

    event = fields.String()
    has = Named(fields.String(), fields.Raw(allow_none=True))
    deleted = Flag()
    like = Named(fields.String(), fields.Raw(allow_none=True))
    count = Whole(least=0)

    @validates_schema
    def check_combination(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("like" in data) != ("count" in data):
            raise ValidationError("`like` and `count`, how many events are like that, belong together.", "count")
        if "like" in data and ("has" in data or "deleted" in data):
            raise ValidationError("`has` and `deleted` need an `event`.", "like")


class _ExpectedAudit(fields.Field[frozenset[str]]):
    """What the audit finds, apart from notes: the word `clean`, or a list of codes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> frozenset[str]:
        if value == "clean":
            return frozenset()
        check_size(value)
        known = {*GRAVE, *RENAMED}
        if not isinstance(value, list) or not all(isinstance(code, str) and code in known for code in value):
            raise ValidationError(f"Neither `clean` nor a list of codes; there are {', '.join(GRAVE)}.")
        return frozenset(map(current_code, value))

    def described(self, refer: Refer) -> Described:
        codes = {"type": "array", "items": {"enum": [*GRAVE]}, "maxItems": MAX_MEMBERS}
        return {"anyOf": [{"const": "clean"}, codes], "description": sentence_of(self)}


class ExpectedSchema(Strict):
    """What must hold at the end: the object `expect` of a fixture file."""

    events = ListOf(fields.Nested(_ExpectedEvent), load_default=list)
    requests = ListOf(fields.Nested(ExpectationSchema), most=100, load_default=list)
    audit = _ExpectedAudit(load_default=None)
