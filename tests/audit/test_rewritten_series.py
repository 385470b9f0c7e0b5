"""A series of meetings that a colleague shifts, and a client brings back: which hazard a finding names."""

from typing import Any

import pytest

from tests.audit.audited import Crm

WEEKS = ("06", "13", "20")


@pytest.fixture
def crm() -> Crm:
    return Crm()


def meeting(day: str, hour: int = 9, subject: str = "Stand-up") -> dict[str, Any]:
    times = {"startTime": f"2026-01-{day}T{hour:02}:00:00Z", "endTime": f"2026-01-{day}T{hour:02}:30:00Z"}
    return {"subject": subject, **times}


def brought_back(crm: Crm, *days: str, replaced: bool = True, pause: int = 0) -> list[tuple[str, str | None]]:
    """What is found if a colleague deletes the meetings of a series, and a client creates those of some days again."""
    names = [crm.create(meeting(day)) for day in WEEKS]
    crm.read()
    for name in names:
        crm.delete(name)
    crm.wait(pause)
    for day in WEEKS if replaced else ():
        crm.create(meeting(day, 10))
    crm.read(showDeleted=True)
    for day in days:
        crm.write("POST", payload=meeting(day))
    return [(found.kind.code, found.hazard) for found in crm.findings()]


def test_who_brings_back_meetings_that_others_replaced_undoes_a_series(crm: Crm) -> None:
    assert {*brought_back(crm, *WEEKS)} == {("resurrection.remade", "series-rewritten")}


def test_a_single_meeting_that_comes_back_is_no_series(crm: Crm) -> None:
    assert brought_back(crm, "13") == [("resurrection.remade", None)]


def test_a_series_that_was_only_deleted_was_not_rewritten(crm: Crm) -> None:
    assert {*brought_back(crm, *WEEKS, replaced=False)} == {("resurrection.remade", None)}


def test_meetings_that_somebody_plans_an_hour_later_do_not_replace_a_series(crm: Crm) -> None:
    assert {*brought_back(crm, *WEEKS, pause=60)} == {("resurrection.remade", None)}


def test_who_was_not_told_of_the_deletions_undoes_it_as_well(crm: Crm) -> None:
    names = [crm.create(meeting(day)) for day in WEEKS]
    crm.read()
    for name, day in zip(names, WEEKS, strict=True):
        crm.delete(name)
        crm.create(meeting(day, 10))
    crm.wait(1)
    crm.read()
    for day in WEEKS:
        crm.write("POST", payload=meeting(day))
    found = {(found.kind.code, found.hazard) for found in crm.findings()}
    assert found == {("resurrection.unaware", "series-rewritten")}
