"""The reference client as a client under test: in this process, and stopped and started again between two syncs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mockcrm import Crm, connect, create_app
from mockcrm.base.wsgi import App
from mockcrm.client.transport import in_process
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.crm_api import EVENTS, AskedToWait
from mockcrm.reference_client.designs import DESIGNS
from mockcrm.reference_client.stored_state import restore_state, state_document
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.trials.hazards import Hazard, hazards
from mockcrm.trials.mutants import AURINKO, CALENDAR_MUTANTS, MUTANTS, Mutant
from mockcrm.trials.outcome import HazardTrial
from mockcrm.trials.play import Play
from tests.samples import TIMES

APP = create_app()
MAX_WAIT = 1.0
"""How long the clients in here are willing to wait, in seconds. They do not really wait."""


@pytest.fixture
def crm() -> Iterator[Crm]:
    with connect(APP).create() as made:
        yield made


def client_of(crm: Crm, app: App = APP, **options: Any) -> ReferenceClient:
    send = in_process(app, f"{crm.path}/api/v1")
    return ReferenceClient(send, wait=lambda seconds: None, max_wait=MAX_WAIT, **options)


class Restarted:
    """A client that is another object at each sync, and knows only what the one before wrote down."""

    def __init__(self, crm: Crm, **options: Any) -> None:
        self.crm, self.options = crm, options
        self.document = json.dumps(state_document(client_of(crm, **options)))

    def again(self) -> ReferenceClient:
        client = client_of(self.crm, **self.options)
        restore_state(client, json.loads(self.document))
        return client

    def apply(self, mailbox: Any) -> None:
        client = self.again()
        client.apply(mailbox)
        self.document = json.dumps(state_document(client))

    def sync(self) -> None:
        client = self.again()
        try:
            client.sync()
        finally:
            self.document = json.dumps(state_document(client))

    def replica(self) -> Mapping[str, Any]:
        return self.again().replica()


def played(hazard: Hazard, client: type[Restarted] | None = None, **options: Any) -> HazardTrial:
    with connect(APP).create() as crm:
        crm.scenario.load(hazard.name)
        return Play(crm, hazard).with_client((client or client_of)(crm, **options))


@pytest.mark.parametrize("hazard", hazards(), ids=str)
def test_the_careful_client_passes_every_hazard_and_is_told_nothing_of_the_crm(hazard: Hazard) -> None:
    assert played(hazard).outcome == "passed"


@pytest.mark.parametrize("hazard", hazards(), ids=str)
def test_one_that_is_stopped_and_started_between_two_syncs_passes_them_too(hazard: Hazard) -> None:
    assert played(hazard, Restarted).outcome == "passed"


@pytest.mark.parametrize("hazard", hazards("people"), ids=str)
def test_one_that_matches_attendees_passes_the_hazards_of_people(hazard: Hazard) -> None:
    assert played(hazard, Restarted, matching=True).outcome == "passed"


@pytest.mark.parametrize("hazard", hazards("calendars"), ids=str)
def test_one_that_follows_all_calendars_passes_the_hazards_of_these(hazard: Hazard) -> None:
    assert played(hazard, calendars=True).outcome == "passed"
    assert played(hazard, Restarted, calendars=True).outcome == "passed"


CAUGHT_BY = {
    "one watermark for all calendars": "one-cursor-many-calendars",
    "takes unread for empty": "calendar-gone",
    "asks once for calendars": "calendar-removed",
    "takes moves for deletions": "moved-between-calendars",
    "writes to the primary calendar": "moved-between-calendars",
}


@pytest.mark.parametrize("mutant", CALENDAR_MUTANTS, ids=lambda mutant: mutant.name)
def test_one_that_follows_them_carelessly_is_caught(mutant: Mutant) -> None:
    (hazard,) = hazards(CAUGHT_BY[mutant.name])
    assert played(hazard, calendars=True, without=mutant.without).outcome != "passed"


OTHERS: Mapping[str, Mapping[str, Any]] = {
    **{design: {"design": design} for design in DESIGNS if design != "delta"},
    **{mutant: {"without": without} for mutant, without in MUTANTS.items() if mutant != "careful"},
    AURINKO: {"aurinko": True},
    "matching": {"matching": True},
    "calendars": {"calendars": True},
}
TELLING = ("rate-limit-burst", "echo-own-write", "split-stream-race", "moved-out-of-window", "poison-event")
"""Hazards in which much has to be remembered: an unfinished read, writes, watermarks, windows, events set aside."""


@pytest.mark.parametrize("options", OTHERS.values(), ids=OTHERS)
def test_whatever_a_client_is_it_forgets_nothing(options: Mapping[str, Any]) -> None:
    for hazard in hazards(*TELLING):
        lasting, restarted = played(hazard, **options), played(hazard, Restarted, **options)
        assert (restarted.outcome, restarted.reasons) == (lasting.outcome, lasting.reasons), hazard
        assert restarted.requests == lasting.requests, hazard


GIVEN = {
    "send", "wait", "max_wait", "credentials", "safeguards", "name", "windows", "slices", "setting", "takes_untitled",
    "path",
}  # fmt: skip
"""What the parts of a client are made with. It is the same for the next client."""
PARTS = {
    "client", "crm", "state", "pusher", "reader", "mailbox", "directory", "matcher", "pullers", "people",
    "calendars", "finder", "listed", "lister", "readers", "clock", "seek",
}  # fmt: skip
ELSEWHERE = {"places"}
"""What only a client of several calendars has to remember, and does among its calendars."""
WITHIN_A_SYNC = {"begun", "_me"}


ONE_OF_EACH = [
    *({"design": design} for design in DESIGNS), {"aurinko": True}, {"matching": True}, {"calendars": True}
]  # fmt: skip


@pytest.mark.parametrize("options", ONE_OF_EACH, ids=str)
def test_each_part_remembers_all_that_it_has_besides_what_it_is_made_with(options: Any, crm: Crm) -> None:
    client = client_of(crm, **options)
    inner = client.client
    own = [inner.crm, inner.state, inner.pusher, inner.reader] if isinstance(inner, Client) else []
    document = state_document(client)
    more = [*people_of(inner), *calendars_of(inner)] if isinstance(inner, Client) else []
    for part in (client, inner, *([client.mailbox] if own else []), *own, *more):
        path = getattr(part, "path", EVENTS) if part in more else EVENTS
        place = "" if path == EVENTS else path
        remembered = {name for kind in type(part).__mro__ for name in document.get(f"{kind.__name__}{place}", {})}
        assert vars(part).keys() - GIVEN - PARTS - ELSEWHERE - WITHIN_A_SYNC == remembered - ELSEWHERE, part


def people_of(client: Client) -> list[Any]:
    """The parts that a client has for people, if it matches attendees to them."""
    directory = client.directory
    return [client.matcher, directory, *directory.pullers.values(), *directory.people.values()] if directory else []


def calendars_of(client: Client) -> list[Any]:
    """The parts that a client has for calendars, if it follows all of them."""
    calendars = client.calendars
    return [calendars, calendars.listed, calendars.lister, *calendars.readers.values()] if calendars else []


@pytest.mark.parametrize("design", DESIGNS)
def test_all_that_a_part_learns_is_written_down(design: str, crm: Crm) -> None:
    """What a client has after some syncs, and has not from the beginning, is in its document."""
    client = client_of(crm, design=design)
    crm.events.create(key="call", subject="Call", **TIMES)
    client.sync()
    again = client_of(crm, design=design)
    restore_state(again, json.loads(json.dumps(state_document(client))))
    assert state_document(again) == state_document(client)
    assert again.replica() == client.replica()
    learned = {name for name, value in vars(_reader(client)).items() if value != vars(_reader(again))[name]}
    assert learned <= {"setting", "crm", "state"}


def _reader(client: ReferenceClient) -> Any:
    reader: Any = client.client.reader  # type: ignore[union-attr]  # Only designs are asked, and each has a reader.
    return reader


class TestWaiting:
    def test_gives_up_where_it_is_asked_to_wait_for_long_and_continues_with_the_page_that_it_had_reached(
        self, crm: Crm
    ) -> None:
        for name in ("One", "Two", "Three"):
            crm.events.create(subject=name, **TIMES)
        crm.set_dialect(pageSize=1)
        crm.clock.freeze()
        crm.clock.advance("1h")
        crm.faults.add({"rateLimit": {"requests": 2, "per": "1m", "retryAfter": "seconds"}})
        client = client_of(crm)
        with pytest.raises(AskedToWait, match="429, to be repeated after 60 s"):
            client.sync()
        assert sorted(row["subject"] for row in client.rows.values()) == ["One", "Two"]
        crm.clock.advance("1m")
        client.sync()
        pages = [each["query"].get("pageToken") for each in crm.requests.all() if each["status"] == 200]
        assert len(pages) == len({*pages[:3]}) + 1 == 4
        assert crm.audit()["verdict"] == "passed"

    def test_a_read_that_was_refused_for_another_reason_begins_anew(self, crm: Crm) -> None:
        for name in ("One", "Two"):
            crm.events.create(subject=name, **TIMES)
        crm.set_dialect(pageSize=1)
        crm.faults.add({"status": 503}, match={"page": 2}, times=6)
        client = client_of(crm)
        with pytest.raises(Exception, match="503"):
            client.sync()
        client.sync()
        firsts = [each for each in crm.requests.all() if each["path"].endswith("/events") and not each["query"]]
        assert len(firsts) == 2
