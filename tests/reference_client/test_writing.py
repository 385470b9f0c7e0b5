"""What the reference client is careful about in writing, and what becomes of it without."""

from collections.abc import Mapping
from typing import Any

import pytest

from mockcrm.crm.rendering import shown_record
from mockcrm.reference_client.safeguards import Safeguard
from tests.trials.worlds import TIMES, World

BLIND = {Safeguard.READ_BEFORE_WRITE, Safeguard.CHANGES_ONLY}
TAGLESS = {Safeguard.IF_MATCH, Safeguard.CHANGES_ONLY}
WHOLE_DAY = {"allDay": True, "startTime": "2026-03-12", "endTime": "2026-03-14"}


def synced(dialect: Mapping[str, Any], without: set[Safeguard], **content: Any) -> World:
    """A world with one event, which the client has read."""
    world = World(dialect, without)
    world.act({"create": {"set": {**TIMES, "subject": "Call", "location": "Room 2", **content}}})
    world.sync()
    return world


def use(world: World, **changes: Any) -> None:
    """Have the user change the one entry that there is, and sync."""
    (item,) = world.mailbox.items.values()
    world.mailbox.edit(item.id, changes)
    world.sync()


def events(world: World) -> list[dict[str, Any]]:
    with world.sandbox.open() as state:
        return [shown_record(change) for change in state.crm.store.events.live()]


def event(world: World) -> dict[str, Any]:
    (only,) = events(world)
    return only


def versions(world: World) -> int:
    with world.sandbox.open() as state:
        return state.crm.store.last_seq


def after(operation: str, action: dict[str, Any]) -> dict[str, Any]:
    """Something that a colleague does right after the client's next request of a kind."""
    effect = {"do": {"actions": [action], "when": "after"}}
    return {"fault": {"match": {"operation": operation}, "effect": effect, "times": 1}}


@pytest.mark.parametrize(
    "dialect",
    [
        {"updateVerbs": "put"},
        {"writeAnswer": "id"},
        {"writeAnswer": "nothing"},
        {"writeAnswer": "staleTag"},
        {"ifMatch": "required"},
        {"ifMatch": "ignored"},
        {"omittedFromLists": ["description", "attendees"]},
        {"privateInLists": "busy"},
        {"unknownFields": "keep"},
        {"normalization": ["trim", "lowerCaseAddresses", "crlf"]},
        {"deletedStatus": 410},
        *({"timestampFormat": form} for form in ("+00:00", "+0000", "localOffset", "noFraction", "spaced")),
        {"timestampFormat": "epochMillis"},
        {"idForm": "beyond2to53"},
        {"idForm": "guid"},
        {"relatedToShape": "object"},
        {"listShape": "array", "pageSize": 1},
    ],
    ids=str,
)
def test_carries_changes_over_whatever_the_dialect(dialect: dict[str, Any]) -> None:
    world = synced(
        dialect, set(), description="Agenda\n", private=True, attendees=[{"emailAddress": "Ann@acme.example"}]
    )
    use(world, subject=" Call again ")
    world.mailbox.create({"subject": "Mine", **WHOLE_DAY})
    world.sync()
    world.act({"advance": {"by": "1h"}})
    before = versions(world)
    world.sync()
    mine, call = sorted(events(world), key=lambda each: str(each["allDay"]), reverse=True)
    assert (mine["subject"], mine["endTime"]) == ("Mine", "2026-03-15T00:00:00.000Z")
    assert (call["subject"].strip(), call["description"].strip(), call["location"]) == (
        "Call again",
        "Agenda",
        "Room 2",
    )
    assert call["attendees"][0]["emailAddress"].lower() == "ann@acme.example"
    for item in list(world.mailbox.items):
        world.mailbox.delete(item)
    world.sync()
    assert (events(world), before) == ([], versions(world) - 2)
    assert "gave up" not in str(world.log)


@pytest.mark.parametrize(("without", "place"), [(set(), "Room 7"), (BLIND, "Room 2"), (TAGLESS, "Room 2")])
def test_merges_what_was_changed_between_its_reading_and_its_writing(without: set[Safeguard], place: str) -> None:
    world = synced({}, without)
    move = {"edit": {"event": "1001", "set": {"location": "Room 7"}}}
    world.act(move if Safeguard.READ_BEFORE_WRITE in without else after("getEvent", move))
    use(world, subject="Mine")
    world.sync()
    assert (event(world)["subject"], event(world)["location"]) == ("Mine", place)


def test_takes_the_time_of_an_event_for_one_field() -> None:
    world = synced({}, set())
    world.act({"edit": {"event": "1001", "set": {"startTime": "2026-01-06T09:30:00Z"}}})
    use(world, **WHOLE_DAY, subject="Mine")
    assert (event(world)["subject"], event(world)["allDay"]) == ("Mine", False)
    assert event(world)["startTime"] == "2026-01-06T09:30:00.000Z"


@pytest.mark.parametrize(("without", "said"), [(set(), "Mine"), ({Safeguard.COMPLETE_ROWS}, "Call")])
def test_does_not_go_back_to_what_a_list_still_shows(without: set[Safeguard], said: str) -> None:
    world = World({"indexLag": "5m"}, without)
    world.act({"create": {"set": {**TIMES, "subject": "Call"}}}, {"advance": {"by": "10m"}})
    world.sync()
    use(world, subject="Mine")
    (item,) = world.mailbox.items.values()
    assert item.content["subject"] == said


def test_creates_once_though_the_answer_was_cut_short() -> None:
    world = World({})
    fault = {"match": {"operation": "createEvent"}, "effect": {"truncate": {"contentLength": "cut"}}, "times": 1}
    world.act({"fault": fault})
    world.mailbox.create({**TIMES, "subject": "Mine"})
    world.sync()
    assert event(world)["subject"] == "Mine"


@pytest.mark.parametrize(("without", "place"), [(set(), "Room 2"), ({Safeguard.COMPLETE_PUTS}, None)])
def test_replaces_an_event_by_the_whole_of_it(without: set[Safeguard], place: str | None) -> None:
    world = synced({"updateVerbs": "put"}, without)
    use(world, subject="Mine")
    assert (event(world)["subject"], event(world)["location"]) == ("Mine", place)


@pytest.mark.parametrize(("without", "said"), [(set(), "Agenda"), ({Safeguard.COMPLETE_ROWS, *BLIND}, None)])
def test_reads_by_id_what_lists_leave_out(without: set[Safeguard], said: str | None) -> None:
    world = synced({"omittedFromLists": ["description"]}, without, description="Agenda")
    use(world, location="Room 7")
    assert (event(world)["description"], event(world)["location"]) == (said, "Room 7")


@pytest.mark.parametrize(("without", "said"), [(set(), "Call"), ({Safeguard.COMPLETE_ROWS, *BLIND}, "Busy")])
def test_reads_by_id_what_lists_redact(without: set[Safeguard], said: str) -> None:
    world = synced({"privateInLists": "busy"}, without, private=True)
    use(world, location="Room 7")
    assert (event(world)["subject"], event(world)["location"]) == (said, "Room 7")


@pytest.mark.parametrize(("without", "place"), [(set(), None), ({Safeguard.NULLS}, "Room 2")])
def test_sends_null_for_what_was_cleared(without: set[Safeguard], place: str | None) -> None:
    world = synced({}, without)
    use(world, location=None)
    assert event(world)["location"] == place


@pytest.mark.parametrize(("without", "count"), [(set(), 3), ({Safeguard.HIDDEN_ATTENDEES}, 2)])
def test_keeps_the_attendees_that_a_calendar_cannot_show(without: set[Safeguard], count: int) -> None:
    ann = {"emailAddress": "ann@acme.example", "contactId": 501}
    world = synced({}, without, attendees=[{"contactId": 4711}, ann])
    use(
        world,
        attendees=[{"emailAddress": "Ann@Acme.example", "status": "Accepted"}, {"emailAddress": "ben@acme.example"}],
    )
    attendees = event(world)["attendees"]
    assert len(attendees) == count
    accepted = {"userId": None, "emailAddress": "ann@acme.example", "contactId": 501, "status": "Accepted"}
    assert accepted in attendees


@pytest.mark.parametrize(("without", "stage"), [(set(), "Offer"), ({Safeguard.UNKNOWN_FIELDS}, None)])
def test_leaves_alone_the_fields_that_it_does_not_know(without: set[Safeguard], stage: str | None) -> None:
    world = synced({"unknownFields": "keep"}, without, dealStage="Offer")
    use(world, subject="Mine")
    assert event(world).get("dealStage") == stage


@pytest.mark.parametrize(("without", "writes"), [(set(), 1), ({Safeguard.STORED_ANSWER}, 4)])
def test_takes_what_was_stored_for_what_there_is(without: set[Safeguard], writes: int) -> None:
    world = synced({"normalization": ["trim"]}, without)
    use(world, subject="Mine ")
    for _ in range(3):
        world.sync()
    assert versions(world) == 1 + writes


@pytest.mark.parametrize(("without", "count"), [(set(), 0), ({Safeguard.DELETION_WINS}, 1)])
def test_drops_what_the_crm_has_no_more(without: set[Safeguard], count: int) -> None:
    world = synced({}, without)
    world.act({"delete": {"event": "1001"}})
    use(world, subject="Mine")
    assert len(events(world)) == len(world.mailbox.items) == count


@pytest.mark.parametrize(("without", "count"), [(set(), 0), ({Safeguard.ABSENCE_IS_DELETION}, 1)])
def test_takes_what_is_missing_for_deleted(without: set[Safeguard], count: int) -> None:
    world = synced({"tombstoneRetention": "1h"}, without)
    world.act({"delete": {"event": "1001"}}, {"advance": {"by": "3h"}})
    world.sync()
    world.sync()
    assert len(events(world)) == len(world.mailbox.items) == count


@pytest.mark.parametrize(("without", "end"), [(set(), "14"), ({Safeguard.EXCLUSIVE_END}, "17")])
def test_knows_that_the_end_of_a_whole_day_is_the_day_after(without: set[Safeguard], end: str) -> None:
    world = synced({}, without, **WHOLE_DAY)
    for _ in range(3):
        world.sync()
    assert event(world)["endTime"] == f"2026-03-{end}T00:00:00.000Z"


@pytest.mark.parametrize(("without", "count"), [(set(), 1), ({Safeguard.QUARANTINE}, 0)])
def test_sets_aside_what_the_calendar_has_no_place_for(without: set[Safeguard], count: int) -> None:
    world = World({}, without)
    world.act({"create": {"set": TIMES}}, {"create": {"set": {**TIMES, "subject": "Call"}}})
    world.sync()
    assert len(world.mailbox.items) == count
    world.act({"edit": {"event": "1001", "set": {"subject": "Named"}}})
    world.sync()
    assert len(world.mailbox.items) == 2


def test_a_creation_that_was_refused_and_then_edited_is_sent_in_its_new_wording() -> None:
    world = World({})
    world.act({"fault": {"match": {"operation": "createEvent"}, "effect": {"status": 422}, "times": 1}})
    item = world.mailbox.create({**TIMES, "subject": "Refused"})
    world.sync()
    world.sync()
    assert events(world) == [], "as it was refused, it is left until the user changes it"
    world.mailbox.edit(item.id, {"subject": "Welcome"})
    world.sync()
    assert event(world)["subject"] == "Welcome"
    assert versions(world) == 1
