"""Verdicts of the audit, as `GET /admin/audit` answers them: what of them is compared, and how two differ.

The sentences of a finding are not compared, because a later version may put them better.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from marshmallow import EXCLUDE, fields, post_load, validate

from mockcrm.audit.findings import current_code
from mockcrm.audit.judgement import VERDICTS
from mockcrm.audit.merging import MAX_MERGED, same_cause
from mockcrm.base.schema.fields import Flag, ListOf, Whole
from mockcrm.base.schema.strict import Strict
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import KINDS

MAX_IN_VERDICT = 2_000_000
"""The largest number of findings in a verdict, and of clients, changes and requests."""

RecordedVerdict = Mapping[str, Any]


def _verdict() -> fields.String:
    """A verdict. Earlier versions gave none."""
    return fields.String(validate=validate.OneOf(VERDICTS))


class _Finding(Strict):
    class Meta:
        unknown = EXCLUDE

    code = fields.String(required=True)
    severity = fields.String(required=True)
    kind = fields.String(allow_none=True)
    recordId = fields.String(allow_none=True)
    recordIds = ListOf(fields.String(), most=MAX_IN_VERDICT)
    eventId = fields.String(required=True, allow_none=True)
    eventIds = ListOf(fields.String(), most=MAX_IN_VERDICT)
    count = Whole(least=1)
    advice = fields.String()
    changes = ListOf(Whole(), most=MAX_IN_VERDICT, required=True)
    requests = ListOf(Whole(), most=MAX_IN_VERDICT, required=True)
    hazard = fields.String(required=True, allow_none=True)
    fields_ = fields.Raw(data_key="fields", attribute="fields", allow_none=True)

    @post_load
    def as_of_today(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The finding under its present code, and with the ids of its records; earlier versions knew events alone."""
        current = {**data, "code": current_code(data["code"])}
        if current.setdefault("kind", EVENT.name) == EVENT.name:
            current |= {"recordId": data["eventId"], "recordIds": data.get("eventIds")}
        if current.get("recordIds") is None:
            current.pop("recordIds", None)
        return current


class _ClientAudit(Strict):
    class Meta:
        unknown = EXCLUDE

    client = fields.String(required=True)
    verdict = _verdict()
    findings = ListOf(fields.Nested(_Finding), most=MAX_IN_VERDICT, required=True)
    pending = Whole(required=True, least=0)


class VerdictSchema(Strict):
    """The part of a verdict that is compared."""

    class Meta:
        unknown = EXCLUDE

    verdict = _verdict()
    clean = Flag(required=True)
    complete = Flag(required=True)
    clients = ListOf(fields.Nested(_ClientAudit), most=MAX_IN_VERDICT, required=True)


VERDICT = VerdictSchema()


def differences(then: RecordedVerdict, now: RecordedVerdict) -> Iterator[str]:
    """The differences between two verdicts that the schema has read, in words."""
    before, after = _findings(then), _findings(now)
    yield from (f"Gone: {each}." for each in (before - after).elements())
    yield from (f"New: {each}." for each in (after - before).elements())
    left, right = ({account["client"]: account for account in each["clients"]} for each in (then, now))
    for client in sorted(left.keys() | right.keys()):
        yield from _client_differences(client, left.get(client), right.get(client))
    one, other = _outcome(then), _outcome(now) if "verdict" in then else _cleanness(now)
    if one != other:
        yield f"The verdict was {one} then, and is {other} now."
    if then["complete"] != now["complete"]:
        yield f"The audit was {_completeness(then)} then, and is {_completeness(now)} now."


def _client_differences(client: str, then: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> Iterator[str]:
    # Earlier versions also listed clients that had only sent OPTIONS and HEAD.
    if now is None and then is not None and "verdict" not in then and not then["findings"]:
        return
    if (before := _pending(then)) != (after := _pending(now)):
        yield f"{client}: {before} then, {after} now."
    if then and now and "verdict" in then and then["verdict"] != now["verdict"]:
        yield f"{client}: the verdict was {then['verdict']} then, and is {now['verdict']} now."


def _outcome(verdict: RecordedVerdict) -> str:
    """The verdict, or what earlier versions said instead."""
    found: str = verdict.get("verdict") or ("clean" if verdict["clean"] else "not clean")
    return found


def _cleanness(verdict: RecordedVerdict) -> str:
    """What earlier versions would have said: they called an audit clean that finds neither errors nor warnings."""
    findings = (each for account in verdict["clients"] for each in account["findings"])
    return "clean" if all(each["severity"] == "note" for each in findings) else "not clean"


def _findings(verdict: RecordedVerdict) -> Counter[str]:
    return Counter(
        _line(account["client"], each) for account in verdict["clients"] for each in _merged(account["findings"])
    )


def _merged(findings: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """One finding for each cause. Earlier versions recorded one for each event."""
    groups: dict[Hashable, list[Mapping[str, Any]]] = {}
    for place, each in enumerate(findings):
        key = same_cause(each["code"], each["hazard"], each["requests"], each.get("advice"))
        groups.setdefault(place if "recordIds" in each else key, []).append(each)
    for group in groups.values():
        ids = dict.fromkeys(each["recordId"] for each in group if each["recordId"])
        numbers = {
            name: sorted({number for each in group for number in each[name]})[:MAX_MERGED]
            for name in ("changes", "requests")
        }
        names = sorted({name for each in group for name in each.get("fields") or ()})
        several = {"recordIds": [*ids][:MAX_MERGED], "count": len(ids) or len(group)}
        yield {**several, **group[0], **numbers, "fields": names}


def _line(client: str, found: Mapping[str, Any]) -> str:
    """A line with all of a finding that is compared."""
    more = f" and {found['count'] - 1} more" if found["count"] > 1 else ""
    record = f" of {found['kind']} {found['recordId']}{more}" if found["recordId"] else ""
    hazard = f" [{found['hazard']}]" if found["hazard"] else ""
    facts = {name: found.get(name) for name in ("changes", "requests", "fields")}
    if len(ids := found["recordIds"]) > 1:
        facts |= {KINDS[found["kind"]].path if found["kind"] in KINDS else "records": ids}
    numbers = "; ".join(f"{name} {orjson.dumps(each).decode()}" for name, each in facts.items() if each)
    return f"{client}: {found['severity']} {found['code']}{hazard}{record}{numbers and f' ({numbers})'}"


def _pending(account: Mapping[str, Any] | None) -> str:
    return "absent" if account is None else f"{account['pending']} changes pending"


def _completeness(verdict: RecordedVerdict) -> str:
    return "complete" if verdict["complete"] else "not complete"
