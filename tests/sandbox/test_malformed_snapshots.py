"""Snapshots that no CRM can be in: each is refused, and changes nothing (contract, sections 5 and 6)."""

import copy
from typing import Any

import pytest

from tests.rich import rich
from tests.served import Crm
from tests.unchanged import declined

GONE = object()
"""Stands for a member that is taken out of a snapshot."""


def altered(snapshot: Any, path: str, value: Any) -> Any:
    """A copy of a snapshot with another value at a path such as `changes.0.stamp`."""
    changed = copy.deepcopy(snapshot)
    *way, last = [int(step) if step.lstrip("-").isdigit() else step for step in path.split(".")]
    place = changed
    for step in way:
        place = place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return changed


MEMBERS = ("format", "clock", "dialect", "chance", "idsGiven", "changes", "pending", "keys", "agenda", "answers")

MALFORMED: list[tuple[str, Any]] = [
    *((member, GONE) for member in MEMBERS),
    *((member, None) for member in MEMBERS),
    *((member, 5.5) for member in MEMBERS),
    ("format", "mockcrm.snapshot/0"),
    ("colour", "red"),
    ("clock.now", "yesterday"),
    ("clock.now", GONE),
    ("clock.mode", "stopped"),
    ("clock.rate", 0),
    ("clock.rate", "1"),
    ("clock.tick", "-1s"),
    ("clock.colour", "red"),
    ("dialect.since", "sometimes"),
    ("dialect.colour", "red"),
    ("chance", ""),
    ("chance", "00"),
    ("chance", "x" * 5000),
    ("chance", "f" * 5000),
    ("idsGiven", -1),
    ("idsGiven", 2**63 - 1),
    ("changes.0", None),
    ("changes.0", GONE),
    ("changes.0.op", "exploded"),
    ("changes.0.op", "updated"),
    ("changes.0.op", "restored"),
    ("changes.2.op", "deleted"),
    ("changes.0.stamp", "2026-01-05"),
    ("changes.0.stampSeq", 2),
    ("changes.0.stampSeq", 0),
    ("changes.0.visibleAt", "2026-01-05T08:00:00Z"),
    ("changes.0.origin", "nobody"),
    ("changes.0.by", 5),
    ("changes.0.requestId", 5),
    ("changes.0.record", None),
    ("changes.0.record.id", 5),
    ("changes.0.record.id", GONE),
    ("changes.0.record.startTime", GONE),
    ("changes.0.record.endTime", "2020-01-01T00:00:00Z"),
    ("changes.0.record.attendees", [{}]),
    ("changes.0.colour", "red"),
    ("pending.0", 10_000),
    ("pending.0", 1),
    ("pending.0", "1"),
    ("keys.kickoff", "99999"),
    ("keys.kickoff", 5),
    ("keys.1st", "1001"),
    ("keys.again", "1001"),
    ("agenda.0", None),
    ("agenda.0.due", "soon"),
    ("agenda.0.every", "0s"),
    ("agenda.0.do", None),
    ("agenda.0.do", [{"explode": {}}]),
    ("agenda.0.do", [{"advance": {"by": "1m"}}]),
    ("agenda.0.do", [{"clock": {"now": "2030-01-01T00:00:00Z"}}]),
    ("answers.0", None),
    ("answers.0.key", 5),
    ("answers.0.digest", None),
    ("answers.0.seq", 10_000),
    ("answers.0.seq", 0),
]


@pytest.fixture
def whole(crm: Crm) -> Crm:
    rich(crm)
    return crm


@pytest.mark.parametrize(("path", "value"), MALFORMED, ids=lambda value: "gone" if value is GONE else str(value)[:40])
def test_what_no_crm_can_be_in_is_refused_and_changes_nothing(whole: Crm, path: str, value: Any) -> None:
    declined(whole, 422, "snapshot.invalid", "PUT", "/snapshot", altered(whole.everything(), path, value))


@pytest.mark.parametrize("body", [{}, [], "snapshot", 5], ids=str)
def test_what_is_no_snapshot_at_all_is_refused(crm: Crm, body: Any) -> None:
    declined(crm, 422, "snapshot.invalid", "PUT", "/snapshot", body)


def test_a_snapshot_that_was_refused_is_no_start_state(whole: Crm) -> None:
    before = whole.everything()
    assert whole.admin("PUT", "/snapshot", before).status_code == 200
    declined(whole, 422, "snapshot.invalid", "PUT", "/snapshot", altered(before, "clock.rate", 0))
    whole.admin("POST", "/reset")
    assert whole.everything() == before
