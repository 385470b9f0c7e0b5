"""The statistics that make an invented calendar pass for a sales team's."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.event import Event
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.inventing import Invention
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.people import USER
from mockcrm.crm.seeding.generator import window

START, END = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 8, 31, tzinfo=UTC)


def calendar(size: int = 4000, seed: int = 7, start: datetime = START, end: datetime = END) -> list[Event]:
    return cast(list[Event], [*invention(seed, start, end).records(EVENT, size)])


def invention(seed: int = 7, start: datetime = START, end: datetime = END) -> Invention:
    return Invention(FakeCrm(ClockSetting(START).start()), seed, (start, end))


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return calendar()


def share(events: list[Event], part: list[Event]) -> float:
    return len(part) / len(events)


def test_the_same_seed_gives_the_same_events_and_another_gives_others() -> None:
    assert calendar(50) == calendar(50)
    assert calendar(50) != calendar(50, seed=8)


def test_a_longer_calendar_begins_with_the_shorter_one() -> None:
    assert calendar(80)[:50] == calendar(50)


def test_another_process_invents_the_same() -> None:
    code = "from tests.crm.test_seeding import calendar; print(calendar(200))"
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert runs == {f"{calendar(200)}\n".encode()}


def test_everything_begins_within_the_window(events: list[Event]) -> None:
    assert all(START <= event.start < END for event in events)
    narrow = calendar(50, start=START + timedelta(hours=3), end=START + timedelta(hours=3, minutes=20))
    assert all(timedelta(hours=3) <= event.start - START < timedelta(hours=3, minutes=20) for event in narrow)


def test_people_recur_with_stable_ids_and_addresses(events: list[Event]) -> None:
    users = {(who.user_id, who.email_address) for event in events for who in event.attendees if who.user_id}
    contacts = {(who.contact_id, who.email_address) for event in events for who in event.attendees if who.contact_id}
    assert len(users) == len({user for user, _ in users}) == len({address for _, address in users})
    assert len(contacts) == len({contact for contact, _ in contacts})
    assert 15 <= len(users) <= 60
    assert 100 <= len(contacts) <= 400


def test_hours_are_sane_in_the_zone_of_whoever_invites(events: list[Event]) -> None:
    invented = invention()
    assert [*invented.records(EVENT, len(events))] == events
    zones = {user.id: cast(Any, user).timezone for user in dict(invented.beside())[USER]}
    for event in events:
        if not event.all_day:
            zone = zones[cast(str, event.attendees[0].user_id)]
            begins = event.start.astimezone(ZoneInfo(zone))
            assert 7 <= begins.hour < 19, (event, zone)
            assert event.end - event.start <= timedelta(hours=2)
            assert begins.minute % 15 == 0


def test_workdays_are_alike_and_weekends_quiet(events: list[Event]) -> None:
    days = Counter(event.start.weekday() for event in events)
    workdays = [days[day] for day in range(5)]
    assert max(workdays) < 1.35 * min(workdays)
    assert days[5] + days[6] < 0.1 * len(events)


def test_nothing_meets_twice_in_the_same_slot_with_the_same_link(events: list[Event]) -> None:
    slots = Counter((event.subject, event.start, event.location) for event in events if event.location)
    assert sum(times - 1 for times in slots.values()) < 0.005 * len(events)


def test_series_recur_week_by_week(events: list[Event]) -> None:
    alike: dict[object, list[datetime]] = {}
    for event in events:
        who = tuple(attendee.user_id for attendee in event.attendees)
        alike.setdefault((event.subject, event.location, who), []).append(event.start)
    series = [sorted(starts) for starts in alike.values() if len(starts) >= 8]
    assert len(series) >= 12
    gaps = Counter((after - before).days for starts in series for before, after in pairwise(starts))
    assert gaps[7] > 0.8 * gaps.total()


def test_shares_are_plausible(events: list[Event]) -> None:
    answers = Counter(who.status for event in events for who in event.attendees)
    assert 0.03 < share(events, [event for event in events if event.all_day]) < 0.10
    assert 0.03 < share(events, [event for event in events if event.private]) < 0.12
    assert 0.4 < share(events, [event for event in events if event.related_to]) < 0.65
    assert 0.08 < answers["NeedsAction"] / answers.total() < 0.3
    assert answers["Accepted"] > 0.55 * answers.total()
    assert answers["Declined"] > 0.02 * answers.total()


def test_descriptions_are_of_every_kind(events: list[Event]) -> None:
    texts = [event.description for event in events]
    assert None in texts
    assert "" in texts
    assert any(text and text.startswith("<p>") for text in texts)
    assert any(text and len(text) > 1000 for text in texts)


def test_names_come_in_several_scripts(events: list[Event]) -> None:
    letters = {ord(letter) >> 8 for event in events for letter in event.subject or ""}
    assert {0x00, 0x04, 0x30} <= letters


def test_without_a_window_the_weeks_around_now_are_filled() -> None:
    assert window(datetime(2026, 3, 18, 12, tzinfo=UTC)) == (
        datetime(2026, 3, 2, tzinfo=UTC),
        datetime(2026, 4, 13, tzinfo=UTC),
    )


def test_what_is_invented_around_another_day_is_the_same_some_weeks_away() -> None:
    one, other = (window(datetime(2026, month, 18, 23, 59, tzinfo=UTC)) for month in (5, 6))
    shift = other[0] - one[0]
    first, second = calendar(40, start=one[0], end=one[1]), calendar(40, start=other[0], end=other[1])
    assert [(event.subject, event.start + shift) for event in first] == [
        (event.subject, event.start) for event in second
    ]
