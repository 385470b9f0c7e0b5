"""Invented people in place of real ones."""

import time
from datetime import UTC, datetime

import pytest

from mockcrm.crm.event import Attendee, Event
from mockcrm.crm.seeding.anonymize import Anonymizer

ANN, BOB = "ann.lee@ourcompany.example", "bob@acme.example"
NAMES = {ANN: "Ann Lee", BOB: "O'Neil, Bob", "carl.ng@acme.example": ""}
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)


def words_of(anonymizer: Anonymizer, name: str) -> str:
    payload = anonymizer.text(name)
    assert payload is not None
    return payload


def test_a_person_is_the_same_invented_one_in_every_field() -> None:
    anonymizer = Anonymizer(NAMES, 0)
    event = Event("", MORNING, MORNING, f"1:1 with Ann Lee, {ANN}", attendees=(Attendee(email_address=ANN.upper()),))
    payload = anonymizer.event(event)
    (attendee,) = payload.attendees
    assert payload.subject == f"1:1 with {words_of(anonymizer, 'Ann Lee')}, {attendee.email_address}"
    assert attendee.email_address not in (None, ANN)
    assert (attendee.user_id, attendee.status) == (None, "NeedsAction")


@pytest.mark.parametrize("spelled", ["Ann Lee", "ANN LEE", "Lee, Ann", "annlee"])
def test_a_name_is_found_however_it_is_spelled(spelled: str) -> None:
    anonymizer = Anonymizer(NAMES, 0)
    assert words_of(anonymizer, f"Lunch ({spelled})") == f"Lunch ({words_of(anonymizer, 'Ann Lee')})"


def test_the_words_of_a_name_are_found_by_themselves() -> None:
    payload = words_of(Anonymizer(NAMES, 0), "Ann's call; Carl and Ng; bob; O'Neil")
    for word in ("Ann", "Carl", "bob", "Neil"):
        assert word not in payload
    assert "'s call" in payload


def test_an_address_that_is_no_attendees_is_replaced_by_the_same_person_each_time() -> None:
    payload = words_of(Anonymizer(NAMES, 0), "dee@acme.example, DEE@acme.example; (mailto:eve@acme.example)")
    first, second, third = (word.strip(",;()").removeprefix("mailto:") for word in payload.split())
    assert first == second != third
    assert "acme.example" not in payload


def test_an_address_after_words_is_seen_as_one() -> None:
    payload = words_of(Anonymizer(NAMES, 0), f"please mail {ANN}")
    assert payload.startswith("please mail ")
    assert "ourcompany" not in payload


def test_links_and_telephone_numbers_are_replaced_and_dates_and_small_numbers_are_not() -> None:
    text = (
        "https://meet.acme.example/x?y=1 www.acme.example https://meet.acme.example/x?y=1 "
        "+49 (30) 123-4567, 030/1234567 2026-03-02 2.3.2026 10:00-11:30 room 4711"
    )
    assert words_of(Anonymizer({}, 0), text) == (
        "https://link.example/1 https://link.example/2 https://link.example/1 +1 555 0100001, +1 555 0100002 "
        "2026-03-02 2.3.2026 10:00-11:30 room 4711"
    )


def test_a_seed_decides_who_it_is() -> None:
    first, again, other = (words_of(Anonymizer(NAMES, seed), "Ann Lee") for seed in (1, 1, 2))
    assert first == again != other


def test_people_never_run_out() -> None:
    anonymizer = Anonymizer({f"p{number}@acme.example": "" for number in range(2000)}, 0)
    assert anonymizer.people == 2000
    attendees = tuple(Attendee(email_address=f"p{number}@acme.example") for number in range(2000))
    payload = anonymizer.event(Event("", MORNING, MORNING, attendees=attendees))
    assert len({each.email_address for each in payload.attendees}) == 2000


@pytest.mark.parametrize("text", ["a" * 500_000, "a." * 250_000, "1 " * 250_000, "Ann " * 100_000, "a@" * 200_000])
def test_a_long_text_takes_no_square_of_time(text: str) -> None:
    begun = time.process_time()
    Anonymizer(NAMES, 0).text(text)
    assert time.process_time() - begun < 20
