"""One finding for one cause: what a request lost is one mistake, however many events it concerns."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from mockcrm.audit.findings import FINDINGS, Finding
from mockcrm.audit.merging import MAX_MERGED, merged
from mockcrm.audit.replica import replica_of
from mockcrm.audit.verdict_diff import VERDICT, differences
from mockcrm.errors import AuditInvalid
from mockcrm.web.representations.audit import audit_json
from tests.audit.audited import MINUTE, MONDAY, Crm, at
from tests.audit.test_replica import held, shown as rows


@pytest.fixture
def crm() -> Crm:
    return Crm()


def only(crm: Crm) -> Finding:
    (found,) = crm.findings()
    return found


def lost_by_a_watermark(crm: Crm, count: int) -> list[str]:
    """So many changes that left their stamps as they were."""
    names = [crm.create() for _ in range(count)]
    crm.wait(1)
    crm.read()
    for name in names:
        crm.edit(name, bump=False)
    crm.read(since=MONDAY + MINUTE)
    return names


def test_what_one_watermark_lost_is_one_finding_that_names_all_events(crm: Crm) -> None:
    names = lost_by_a_watermark(crm, 7)
    found = only(crm)
    assert (found.kind.code, found.count, found.requests) == ("change.outOfReach", 7, (1, 2))
    assert found.event_ids == tuple(crm.id_of(name) for name in names)
    assert found.event_id == found.event_ids[0]
    assert found.changes == tuple(range(8, 15))
    assert found.title.startswith("“event1” was changed")
    assert found.title.endswith(" … and 6 more events")
    assert found.explanation.endswith("The same is true of 6 more events.")


def test_the_timeline_is_that_of_the_first(crm: Crm) -> None:
    lost_by_a_watermark(crm, 3)
    moments = [what for _, what in only(crm).timeline]
    assert [what.split(",")[0] for what in moments] == [
        "version 1 created by a colleague",
        "request 1: GET /api/v1/events → 200",
        "version 2 updated by a colleague",
        "request 2: GET /api/v1/events → 200",
    ]


def test_of_two_the_other_is_said_in_the_singular(crm: Crm) -> None:
    lost_by_a_watermark(crm, 2)
    assert only(crm).title.endswith(" … and 1 more event")


def test_one_event_alone_has_no_others(crm: Crm) -> None:
    lost_by_a_watermark(crm, 1)
    assert (only(crm).count, "more" in only(crm).title) == (1, False)


def test_another_read_or_another_hazard_is_another_cause(crm: Crm) -> None:
    first, second, third = (crm.create() for _ in range(3))
    crm.wait(10)
    bound = crm.read()
    crm.edit(first, bump=False)
    crm.edit(second, stamp="-5m")
    crm.wait(1)
    bound = crm.read(since=at(bound))
    crm.edit(third, bump=False)
    crm.wait(1)
    crm.read(since=at(bound))
    assert [(found.hazard, found.event_ids or (found.event_id,)) for found in crm.findings()] == [
        ("child-change-no-bump", (crm.id_of(first),)),
        ("server-clock-backwards", (crm.id_of(second),)),
        ("child-change-no-bump", (crm.id_of(third),)),
    ]


def test_each_write_stays_a_finding_of_its_own(crm: Crm) -> None:
    names = [crm.create() for _ in range(3)]
    crm.read()
    for name in names:
        crm.edit(name)
        crm.write("PATCH", name, {"location": "Mine"})
    assert [(found.kind.code, found.count) for found in crm.findings()] == [("overwrite.blind", 1)] * 3


def test_duplicates_stay_apart(crm: Crm) -> None:
    times = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
    crm.read()
    for _ in range(3):
        crm.write("POST", payload={"subject": "Lunch", **times})
    assert [found.kind.code for found in crm.findings()] == ["duplicate.alike"] * 2


def test_what_is_repeated_against_one_answer_is_counted(crm: Crm) -> None:
    crm.create()
    refused = crm.begin("client", "GET", "event1")
    refused.retry_after = "60"
    crm.sandbox.journal.close(refused, 429, crm.sandbox.clock_reading())
    for _ in range(40):
        crm.look("event1")
    found = only(crm)
    assert (found.kind.code, found.count, found.requests) == ("retry.tooEarly", 40, tuple(range(1, 42)))
    assert found.explanation.endswith("It happened 39 more times.")
    assert len(found.timeline) == 20


def test_a_replica_that_lost_the_rows_of_one_answer_has_one_finding(crm: Crm) -> None:
    names = [crm.create() for _ in range(5)]
    crm.read()
    found = held(crm, {"id": crm.id_of(names[0]), "subject": "Other"})
    assert sorted((each.kind.code, each.count) for each in found) == [("replica.missing", 4), ("replica.stale", 1)]


def test_what_one_answer_delivered_and_what_its_watermark_passed_are_two_causes(crm: Crm) -> None:
    passed, delivered = crm.create(), crm.create()
    crm.wait(1)
    crm.read()
    crm.edit(passed, stamp="-5m")
    crm.edit(delivered)
    before = rows(crm)
    crm.read(since=MONDAY + MINUTE)
    records = [{**before[passed], "location": None}, {**before[delivered], "location": None}]
    assert len(held(crm, *records)) == 2


# Each difference once


def test_what_the_replica_lacks_is_not_said_again_as_out_of_reach(crm: Crm) -> None:
    names = lost_by_a_watermark(crm, 3)
    records = [{"id": crm.id_of(name), "location": None} for name in names]
    (account,) = audit(crm, records).clients
    (found,) = account.findings
    assert (found.kind.code, found.count, found.hazard) == ("replica.stale", 3, "child-change-no-bump")
    assert "the change is out of this client's reach" in found.explanation


def test_what_the_replica_has_all_the_same_is_still_out_of_reach(crm: Crm) -> None:
    first, *others = lost_by_a_watermark(crm, 3)
    records = [{**rows(crm)[first], "location": None}, *(rows(crm)[name] for name in others)]
    (account,) = audit(crm, records).clients
    assert [(found.kind.code, found.event_ids or (found.event_id,)) for found in account.findings] == [
        ("replica.stale", (crm.id_of(first),)),
        ("change.outOfReach", tuple(map(crm.id_of, others))),
    ]


def test_a_deletion_that_the_client_never_asks_for_is_said_once(crm: Crm) -> None:
    name = crm.create()
    bound = crm.read()
    crm.delete(name)
    crm.read(since=at(bound))
    (account,) = audit(crm, [crm.id_of(name)]).clients
    assert [found.kind.code for found in account.findings] == ["replica.phantom"]


@pytest.mark.parametrize(
    ("subjects", "codes"),
    [
        (("event1", "event1"), ["replica.duplicate"]),
        (("event1", "Wrong"), ["replica.duplicate"]),
        (("Wrong", "Wrong too"), ["replica.duplicate", "replica.stale"]),
    ],
)
def test_an_event_with_two_records_gives_one_finding_for_each_cause(
    crm: Crm, subjects: tuple[str, ...], codes: list[str]
) -> None:
    crm.create()
    crm.read()
    found = held(crm, *({"id": "1001", "subject": subject} for subject in subjects))
    assert sorted(each.kind.code for each in found) == codes


def test_a_deleted_event_with_two_records_is_one_phantom(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.delete(name)
    crm.read()
    assert [each.kind.code for each in held(crm, "1001", {"id": "1001", "subject": "Twice"})] == ["replica.phantom"]


def test_what_lists_do_not_show_yet_differs_once(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.edit(name, visibleAfter="1h")
    assert [each.kind.code for each in held(crm, {"id": "1001", "subject": "Wrong"})] == ["replica.stale"]


def audit(crm: Crm, records: list[Any]) -> Any:
    return crm.sandbox.audit(replica_of({"replica": records}))


# Bounds, and verdicts of earlier versions


def some(code: str, count: int, **facts: Any) -> Iterator[Finding]:
    for number in itertools.islice(itertools.count(1), count):
        yield Finding(FINDINGS[code], "T", "E.", f"e{number}", (number,), **{"requests": (1, 2), **facts})


def test_a_finding_names_a_thousand_events_and_counts_all() -> None:
    (found,) = merged(some("change.outOfReach", 2_500))
    assert (found.count, len(found.event_ids), len(found.changes)) == (2_500, MAX_MERGED, MAX_MERGED)
    assert found.title == "T … and 2,499 more events"


def test_what_helps_tells_causes_apart() -> None:
    both = [*some("replica.missing", 2), *some("replica.missing", 3, own_advice="Other")]
    assert [found.count for found in merged(both)] == [2, 3]


def test_a_verdict_of_an_earlier_version_is_compared_by_causes(crm: Crm) -> None:
    lost_by_a_watermark(crm, 3)
    now = audit_json(crm.sandbox.audit())
    (found,) = now["clients"][0]["findings"]
    then = [
        {**found, "eventId": each, "changes": [change]}
        for each, change in zip(found["eventIds"], found["changes"], strict=True)
    ]
    for each in then:
        del each["eventIds"], each["count"]
    recorded = {**now, "clients": [{**now["clients"][0], "findings": then}]}
    assert [*differences(read(recorded), read(now))] == []
    then.pop()
    gone, new = differences(read(recorded), read(now))
    assert ("and 1 more" in gone, "and 2 more" in new) == (True, True)


def test_two_verdicts_differ_if_the_events_of_a_finding_do(crm: Crm) -> None:
    lost_by_a_watermark(crm, 3)
    now = audit_json(crm.sandbox.audit())
    (found,) = now["clients"][0]["findings"]
    other: Any = {**now, "clients": [{**now["clients"][0], "findings": [{**found, "eventIds": ["1001", "1002", "9"]}]}]}
    assert len([*differences(read(other), read(now))]) == 2


def read(verdict: Any) -> Any:
    return VERDICT.check(verdict, AuditInvalid, "The verdict")


def test_events_that_a_full_read_recovers_are_one_note(crm: Crm) -> None:
    lost_by_a_watermark(crm, 4)
    crm.wait(1)
    crm.read()
    found = only(crm)
    assert (found.kind.code, found.count, found.requests) == ("recovered", 4, (2, 3))
