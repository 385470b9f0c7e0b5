"""The bridge: a sandbox is the reference client's mailbox, whatever people and the sync do at the same time."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import mockcrm
from mockcrm import Sandboxes, create_app
from mockcrm.base.wsgi import NoAnswer, Response
from mockcrm.cli.demo.bridge import Bridge
from mockcrm.client.transport import SentQuery, in_process
from mockcrm.client.types import AttendeeFields
from mockcrm.reference_client.crm_api import CrmApi, GaveUp
from mockcrm.reference_client.mailbox import MemoryMailbox
from mockcrm.reference_client.normalize import entry_from_event
from mockcrm.reference_client.safeguards import Safeguard
from tests.samples import ALL_DAY, DEFAULTS, TIMES

JOAN: AttendeeFields = {"userId": "u-1", "emailAddress": "joan@example.com", "contactId": 7}
LUNCH = entry_from_event({**DEFAULTS, **TIMES, "subject": "Lunch"})


class Stage:
    """An empty sandbox with a bridge to the entries of a mailbox; people use its `controls`.

    The next answer to a request with the method `lost` does not arrive.
    """

    def __init__(self) -> None:
        app = create_app(Sandboxes())
        self.controls = mockcrm.connect(app)
        self.entries, self.lost, self._seen = MemoryMailbox(takes_untitled=True), "", 0
        self._send = in_process(app)
        api = CrmApi(self._lossy, {}, frozenset(Safeguard), lambda _: None, None, two_streams=None, max_wait=1)
        self.bridge = Bridge(api, self.entries, self._edits, "careful")

    def _lossy(self, method: str, path: str, query: SentQuery, body: Any, headers: Mapping[str, str]) -> Response:
        answer = self._send(method, path, query, body, headers)
        if method == self.lost:
            self.lost = ""
            raise NoAnswer("It was lost.")
        return answer

    def _edits(self) -> Iterator[str]:
        changes = self.controls.changes(after=self._seen)
        self._seen += len(changes)
        yield from (each["recordId"] for each in changes if each["origin"] == "crm")

    @property
    def events(self) -> list[Any]:
        return [each for each in self.controls.events.all() if not each["deleted"]]

    @property
    def event(self) -> Any:
        (only,) = self.events
        return only

    @property
    def entry(self) -> Any:
        (only,) = self.entries.items.values()
        return only


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_what_a_sync_does_to_entries_happens_to_the_events_of_the_sandbox(stage: Stage) -> None:
    entry = stage.entries.create(LUNCH)
    stage.bridge.carry()
    assert (stage.event["subject"], stage.event["version"]) == ("Lunch", 1)
    stage.bridge.carry()
    assert stage.event["version"] == 1
    stage.entries.edit(entry.id, {"location": "Trattoria"})
    stage.bridge.carry()
    assert (stage.event["location"], stage.event["version"]) == ("Trattoria", 2)
    stage.entries.delete(entry.id)
    stage.bridge.carry()
    assert stage.events == []


def test_what_people_do_in_the_sandbox_happens_to_the_entries(stage: Stage) -> None:
    event: Any = stage.controls.events.create(**TIMES, attendees=[JOAN])
    stage.bridge.collect()
    assert stage.entry.content["subject"] is None
    stage.controls.events.edit(event["id"], subject="Lunch")
    stage.bridge.collect()
    assert stage.entry.content["subject"] == "Lunch"
    stage.controls.events.delete(event["id"])
    stage.bridge.collect()
    assert stage.entries.items == {}
    stage.controls.events.restore(event["id"])
    stage.bridge.collect()
    assert stage.entry.content["subject"] == "Lunch"
    stage.bridge.carry()
    assert stage.event["attendees"] == [{**JOAN, "status": "NeedsAction"}]


def test_an_all_day_event_keeps_its_days(stage: Stage) -> None:
    event: Any = stage.controls.events.create(**ALL_DAY)
    stage.bridge.collect()
    stage.entries.edit(stage.entry.id, {"location": "Graz"})
    stage.bridge.carry()
    names = ("startTime", "endTime", "allDay")
    assert [stage.event[name] for name in names] == [event[name] for name in names]
    assert stage.event["location"] == "Graz"


def test_edits_of_both_at_the_same_time_are_both_kept(stage: Stage) -> None:
    entry = stage.entries.create(LUNCH)
    stage.bridge.carry()
    stage.entries.edit(entry.id, {"location": "Trattoria"})
    stage.controls.events.edit(stage.event["id"], subject="Late lunch")
    stage.bridge.carry()
    assert (stage.event["subject"], stage.event["location"]) == ("Late lunch", None)
    stage.bridge.collect()
    assert (entry.content["subject"], entry.content["location"]) == ("Late lunch", "Trattoria")
    stage.bridge.carry()
    assert (stage.event["subject"], stage.event["location"]) == ("Late lunch", "Trattoria")


def test_an_event_that_was_edited_while_the_sync_deleted_its_entry_is_deleted(stage: Stage) -> None:
    entry = stage.entries.create(LUNCH)
    stage.bridge.carry()
    stage.controls.events.edit(stage.event["id"], subject="Late lunch")
    stage.entries.delete(entry.id)
    stage.bridge.carry()
    stage.bridge.collect()
    stage.bridge.carry()
    assert stage.events == []


def test_an_entry_that_was_edited_while_a_person_deleted_its_event_is_deleted(stage: Stage) -> None:
    entry = stage.entries.create(LUNCH)
    stage.bridge.carry()
    stage.controls.events.delete(stage.event["id"])
    stage.entries.edit(entry.id, {"location": "Trattoria"})
    stage.bridge.carry()
    stage.bridge.collect()
    assert stage.entries.items == {}


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_lost_answer_does_no_harm(stage: Stage, method: str) -> None:
    entry = stage.entries.create(LUNCH)
    stage.lost = method
    stage.bridge.carry()
    stage.entries.edit(entry.id, {"location": "Trattoria"})
    stage.bridge.carry()
    stage.bridge.collect()
    stage.bridge.carry()
    assert (stage.event["subject"], stage.event["location"]) == ("Lunch", "Trattoria")
    stage.entries.delete(entry.id)
    stage.bridge.carry()
    assert (stage.events, stage.lost) == ([], "")


def test_what_the_sandbox_refuses_is_told_and_not_repeated_and_the_rest_goes_on(stage: Stage) -> None:
    stage.controls.faults.add({"status": 422}, match={"method": "POST"}, times=1)
    stage.entries.create(LUNCH)
    stage.entries.create({**LUNCH, "subject": "Dinner"})
    with pytest.raises(GaveUp, match="The mailbox: 422"):
        stage.bridge.carry()
    assert stage.event["subject"] == "Dinner"
    stage.bridge.carry()
    assert stage.controls.requests.count({"method": "POST"}) == 2
    stage.entries.edit("m1", {"location": "Trattoria"})
    stage.bridge.carry()
    assert [each["subject"] for each in stage.events] == ["Dinner", "Lunch"]


def test_what_could_not_be_read_is_read_later(stage: Stage) -> None:
    stage.controls.faults.add({"status": 503}, match={"method": "GET"}, times=6)
    stage.controls.events.create(**TIMES)
    with pytest.raises(GaveUp, match="503"):
        stage.bridge.collect()
    stage.bridge.collect()
    assert stage.entry.content["startTime"] == TIMES["startTime"]


def test_an_event_that_no_calendar_can_show_does_not_stop_the_others(stage: Stage) -> None:
    stage.controls.events.create(allDay=True, startTime="0001-01-01", endTime="0001-01-01")
    stage.controls.events.create(**TIMES)
    with pytest.raises(GaveUp, match="The mailbox: "):
        stage.bridge.collect()
    assert stage.entry.content["startTime"] == TIMES["startTime"]
