"""What must hold at the end of a scenario: how it is told, and how it is checked."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from marshmallow import ValidationError, fields, validates_schema

from mockcrm.audit.findings import GRAVE
from mockcrm.base.schema.fields import (
    MOST,
    Described,
    Flag,
    ListOf,
    Named,
    Refer,
    Whole,
    check_size,
    sentence_of,
)
from mockcrm.base.schema.strict import OneOfSome, Strict
from mockcrm.base.search_budget import SearchBudget
from mockcrm.base.times import format_instant, parse_instant
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.record_schema import shown_event
from mockcrm.errors import RequestInvalid
from mockcrm.journal.journal import Entry
from mockcrm.journal.matcher import is_within
from mockcrm.journal.verification import Expectation, ExpectationSchema


@dataclass(frozen=True, slots=True)
class Expected:
    """What must hold at the end: of the CRM's events, of the requests that were made, and of what the audit finds.

    `audit` has the codes of the findings that there must be, notes left aside; None where it does not matter.
    """

    events: Sequence[Mapping[str, Any]] = ()
    requests: Sequence[Expectation] = ()
    audit: frozenset[str] | None = None

    def __bool__(self) -> bool:
        return bool(self.events or self.requests or self.audit is not None)

    def failures(self, crm: FakeCrm, entries: Sequence[Entry], codes: Callable[[], set[str]]) -> list[str]:
        """What does not hold, in words. `codes` are those of the audit's findings."""
        found = [f"events[{place}]: {text}" for place, told in enumerate(self.events) for text in _amiss(crm, told)]
        budget = SearchBudget()
        for place, wanted in enumerate(self.requests):
            found += (f"requests[{place}]{text}" for text in _unmet(wanted, entries, budget))
        if self.audit is not None and (seen := codes()) != self.audit:
            found.append(f"audit: it finds {_listed(seen)}, not {_listed(self.audit)}.")
        return found


def _unmet(wanted: Expectation, entries: Sequence[Entry], budget: SearchBudget) -> Iterator[str]:
    """Why an expectation is not met. One whose patterns take too long is not, for nobody knows."""
    try:
        failure = wanted.failure(entries, budget)
    except RequestInvalid as refusal:
        yield f": {refusal.message}"
    else:
        if failure:
            yield f".{failure.reason}"


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes)) or "nothing"


def _amiss(crm: FakeCrm, told: Mapping[str, Any]) -> Iterator[str]:
    if "like" in told:
        like = _plainly(told["like"])
        count = sum(is_within(like, shown_event(change)) for change in crm.store.live())
        if count != told["count"]:
            yield f"{count} {'event is' if count == 1 else 'events are'} like {_json(like)}, not {told['count']}."
        return
    change = crm.store.latest(crm.resolve(told["event"]))
    if change is None:
        yield f"there is no event {told['event']!r}."
        return
    if change.deleted != told.get("deleted", False):
        yield f"{told['event']} {'was deleted' if change.deleted else 'lives'}."
        return
    shown = shown_event(change)
    for name, wanted in _plainly(told.get("has", {})).items():
        if not is_within(wanted, shown.get(name)):
            yield f"{told['event']} has {name} {_json(shown.get(name))}, not {_json(wanted)}."


def _plainly(told: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as the CRM shows them: instants to the millisecond."""
    return {
        name: _instant(value) if name in ("startTime", "endTime", "lastModifiedAt") else value
        for name, value in told.items()
    }


def _instant(value: Any) -> Any:
    try:
        return format_instant(parse_instant(value))
    except (TypeError, ValueError):
        return value


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


class _EventExpected(OneOfSome):
    """One event, by id or key, with fields that it has, or that it was deleted; or how many are `like` something."""

    exactly_one = ("event", "like")

    event = fields.String()
    has = Named(fields.String(), fields.Raw(allow_none=True))
    deleted = Flag()
    like = Named(fields.String(), fields.Raw(allow_none=True))
    count = Whole(least=0)

    @validates_schema
    def fits_its_kind(self, data: Mapping[str, Any], **_: Any) -> None:
        if ("like" in data) != ("count" in data):
            raise ValidationError("Say how many events are `like` that: `count`.", "count")
        if "like" in data and ("has" in data or "deleted" in data):
            raise ValidationError("`has` and `deleted` are for one `event`.", "like")


class _AuditExpected(fields.Field[frozenset[str]]):
    """What the audit finds, notes left aside: the word `clean`, or a list of codes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> frozenset[str]:
        if value == "clean":
            return frozenset()
        check_size(value)
        if not isinstance(value, list) or not all(isinstance(code, str) and code in GRAVE for code in value):
            raise ValidationError(f"Neither `clean` nor a list of codes; there are {', '.join(GRAVE)}.")
        return frozenset(value)

    def described(self, refer: Refer) -> Described:
        codes = {"type": "array", "items": {"enum": [*GRAVE]}, "maxItems": MOST}
        return {"anyOf": [{"const": "clean"}, codes], "description": sentence_of(self)}


class ExpectedSchema(Strict):
    """`expect` of a fixture file."""

    events = ListOf(fields.Nested(_EventExpected), load_default=list)
    requests = ListOf(fields.Nested(ExpectationSchema), most=100, load_default=list)
    audit = _AuditExpected(load_default=None)
