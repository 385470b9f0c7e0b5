"""The reference client and its mailbox against the CRM, and what becomes of it without a safeguard."""

from collections.abc import Mapping
from typing import Any

import pytest

from mockcrm import create_app, serving
from mockcrm.base.wsgi import NoAnswer
from mockcrm.client.transport import over_http
from mockcrm.journal.entry import Entry
from mockcrm.reference_client.aurinko import Aurinko
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.crm_api import GaveUp
from mockcrm.reference_client.mailbox import MemoryMailbox
from mockcrm.reference_client.pull import Puller
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.trials.replica_oracle import events_out_of_sync
from tests.trials.worlds import TIMES, World


def made(world: World, subject: str = "Call") -> str:
    (result,) = world.act({"create": {"set": {**TIMES, "subject": subject}}})
    event_id: str = result.change.record.id
    return event_id


def truth(world: World) -> Mapping[str, str | None]:
    with world.sandbox.open() as state:
        return {change.record.id: change.event.subject for change in state.crm.store.events.live()}


def subjects(world: World) -> list[str]:
    return sorted(item.content["subject"] for item in world.mailbox.items.values())


def fault(effect: Any, operation: str, times: int = 1) -> dict[str, Any]:
    return {"fault": {"match": {"operation": operation}, "effect": effect, "times": times}}


def reads(world: World) -> list[Entry]:
    return [entry for entry in world.sandbox.journal.entries() if entry.method == "GET"]


def operations(world: World) -> list[str | None]:
    return [entry.operation for entry in world.sandbox.journal.entries()]


class TestMailbox:
    def test_counts_revisions_and_knows_its_ties(self) -> None:
        mailbox = MemoryMailbox()
        item = mailbox.create({"subject": "a"}, "7")
        mailbox.edit(item.id, {"location": "b"})
        assert (item.content, item.revision) == ({"subject": "a", "location": "b"}, 2)
        assert mailbox.entries_of("7") == [item]
        mailbox.delete(item.id)
        assert mailbox.entries_of("7") == []
        with pytest.raises(KeyError):
            mailbox.delete(item.id)


class TestReading:
    def test_brings_what_was_made_changed_and_deleted(self) -> None:
        world = World({})
        one, other = made(world, "One"), made(world, "Other")
        world.sync()
        assert subjects(world) == ["One", "Other"]
        world.act({"edit": {"event": one, "set": {"subject": "Changed"}}}, {"delete": {"event": other}})
        world.sync()
        assert subjects(world) == ["Changed"]

    def test_takes_the_first_pages_as_of_less_the_lookback_for_its_next_bound(self) -> None:
        world = World({})
        world.sync()
        world.sync()
        last = world.sandbox.journal.entries()[-1]
        assert last.query == {"since": "2026-01-05T08:50:00.000Z", "showDeleted": "true"}

    def test_reads_two_streams_where_deletions_have_their_own(self) -> None:
        world = World({"deletions": "endpoint"})
        event = made(world)
        world.sync()
        world.act({"delete": {"event": event}})
        world.sync()
        assert subjects(world) == []
        assert "listDeletedEvents" in operations(world)

    def test_finds_out_at_its_first_sync_where_deletions_are(self) -> None:
        for deletions, asked in (("endpoint", {"/api/v1/deletedEvents"}), ("inline", set[str]())):
            world = World({"deletions": deletions})
            made(world)
            world.sync()
            assert [entry.method for entry in world.sandbox.journal.entries()] == ["GET", "HEAD"]
            world.sync()
            assert {entry.path for entry in reads(world)[1:]} == {"/api/v1/events", *asked}
            assert {entry.status for entry in reads(world)} == {200}

    def test_one_that_is_told_nothing_falls_back_to_two_streams_when_deletions_are_refused(self) -> None:
        world = World({"deletions": "endpoint", "pageSize": 1})
        first, second = made(world), made(world)
        world.sync()
        assert 400 in [entry.status for entry in reads(world)]
        world.act({"delete": {"event": first}})
        world.sync()
        assert list(world.client.rows) == [second]

    def test_reads_everything_anew_after_a_410(self) -> None:
        world = World({"tombstoneRetention": "1h"})
        event = made(world)
        world.sync()
        world.act({"delete": {"event": event}}, {"advance": {"by": "3h"}})
        world.sync()
        assert [entry.status for entry in reads(world)] == [200, 410, 200, 404]
        assert subjects(world) == []

    def test_asks_by_id_before_it_takes_an_absence_for_a_deletion(self) -> None:
        for without, left in ((set(), ["Call"]), ({Safeguard.ABSENCE_CHECK}, [])):
            world = World({}, without)
            made(world)
            world.sync()
            assert isinstance(world.client.client, Client)
            assert isinstance(world.client.client.reader, Puller)
            world.client.client.reader.watermarks.clear()
            world.act(fault("emptyList", "listEvents"))
            world.sync()
            assert subjects(world) == left

    @pytest.mark.parametrize("without", [set(), {Safeguard.LOOP_GUARD}])
    def test_gives_up_when_the_tokens_go_round(self, without: set[Safeguard]) -> None:
        world = World({"pageSize": 1}, without)
        for _ in range(3):
            made(world)
        world.act(fault({"repeatToken": 1}, "listEvents", times=1000))
        with pytest.raises(GaveUp):
            world.client.sync()
        assert len(operations(world)) == (100 if without else 2)

    @pytest.mark.parametrize(("without", "count"), [(set(), 7), ({Safeguard.HALVES}, 3)])
    @pytest.mark.parametrize("deletions", ["asked", "endpoint"])
    def test_gets_by_halves_of_the_time_what_a_stamp_has_beyond_a_cap(
        self, deletions: str, without: set[Safeguard], count: int
    ) -> None:
        world = World({"resultCap": 3, "deletions": deletions}, without)
        world.sync()
        world.act({"clock": {"tick": "0ms"}}, {"churn": {"creates": 7}})
        world.sync()
        assert len(subjects(world)) == count

    def test_waits_as_long_as_it_is_asked_to(self) -> None:
        world = World({})
        world.act(fault({"rateLimit": {"requests": 0, "per": "1m"}}, "listEvents"))
        world.sync()
        first, second = reads(world)
        assert (second.arrived - first.arrived).total_seconds() == 60

    @pytest.mark.parametrize("safeguard", Safeguard)
    def test_without_any_one_virtue_it_still_syncs_where_nothing_goes_wrong(self, safeguard: Safeguard) -> None:
        world = World({}, {safeguard})
        event = made(world)
        world.sync()
        world.act({"advance": {"by": "1m"}}, {"edit": {"event": event, "set": {"subject": "Changed"}}})
        world.sync()
        world.sync()
        assert subjects(world) == ["Changed"]


class TestWriting:
    def test_carries_over_what_the_user_made_changed_and_deleted(self) -> None:
        world = World({})
        item = world.mailbox.create({**TIMES, "subject": "Mine"})
        world.sync()
        assert list(truth(world).values()) == ["Mine"]
        world.mailbox.edit(item.id, {"subject": "Still mine"})
        world.sync()
        assert list(truth(world).values()) == ["Still mine"]
        world.mailbox.delete(item.id)
        world.sync()
        assert truth(world) == {}
        assert subjects(world) == []

    @pytest.mark.parametrize(("without", "count"), [(set(), 1), ({Safeguard.IDEMPOTENCY_KEYS}, 2)])
    def test_creates_once_though_the_answer_was_lost(self, without: set[Safeguard], count: int) -> None:
        world = World({}, without)
        world.act(fault({"disconnect": {"when": "after"}}, "createEvent"))
        world.mailbox.create({**TIMES, "subject": "Mine"})
        world.sync()
        assert len(truth(world)) == count

    @pytest.mark.parametrize(("without", "said"), [(set(), "Theirs"), ({Safeguard.READ_BEFORE_WRITE}, "Mine")])
    def test_lets_a_colleagues_edit_hold(self, without: set[Safeguard], said: str) -> None:
        world = World({}, without)
        event = made(world)
        world.sync()
        (item,) = world.mailbox.items.values()
        world.mailbox.edit(item.id, {"subject": "Mine"})
        world.act({"edit": {"event": event, "set": {"subject": "Theirs"}}})
        world.sync()
        assert truth(world) == {event: said}
        assert subjects(world) == [said]

    def test_does_not_delete_what_was_edited_meanwhile(self) -> None:
        world = World({})
        event = made(world)
        world.sync()
        world.mailbox.delete(next(iter(world.mailbox.items)))
        world.act({"edit": {"event": event, "set": {"subject": "Theirs"}}})
        world.sync()
        assert truth(world) == {event: "Theirs"}
        assert subjects(world) == ["Theirs"]

    @pytest.mark.parametrize(("without", "writes"), [(set(), 0), ({Safeguard.COMPARE_CONTENT}, 3)])
    def test_does_not_write_back_what_it_read(self, without: set[Safeguard], writes: int) -> None:
        world = World({}, without)
        made(world)
        for _ in range(5):
            world.sync()
        assert operations(world).count("updateEvent") == writes


class TestAurinko:
    def test_asks_from_the_largest_stamp(self) -> None:
        world = World({"since": "exclusive"}, aurinko=True)
        event = made(world)
        world.sync()
        world.act({"delete": {"event": event}})
        world.sync()
        last = world.sandbox.journal.entries()[-1]
        assert last.query["since"] == "2026-01-05T09:00:00.001Z"
        assert events_out_of_sync(world.sandbox, world.client.rows) == set()

    def test_asks_again_whatever_the_method_and_sends_a_tag_if_it_has_one(self) -> None:
        world = World({}, aurinko=True)
        client = world.client.client
        assert isinstance(client, Aurinko)
        event = made(world)
        world.act(fault({"status": 503}, "updateEvent"))
        client.update(event, {"subject": "Mine"})
        assert truth(world) == {event: "Mine"}
        with pytest.raises(GaveUp):
            client.update(event, {"subject": "Again"}, '"stale"')


class TestOverHttp:
    def test_syncs_over_a_socket(self) -> None:
        with serving(create_app()) as url:
            send = over_http(f"{url}/api/v1")
            mailbox = MemoryMailbox()
            mailbox.create({**TIMES, "subject": "Mine"})
            Client(send, mailbox, name="one").sync()
            other = MemoryMailbox()
            Client(send, other, name="other").sync()
        assert [item.content["subject"] for item in other.items.values()] == ["Mine"]

    def test_tells_of_no_answer(self) -> None:
        with serving(create_app()) as url:
            admin = over_http(f"{url}/admin")
            rule = {"effect": {"truncate": {"bytes": 3}}, "times": 1}
            assert admin("POST", "/faults", {}, rule, {}).status == 201
            with pytest.raises(NoAnswer):
                over_http(f"{url}/api/v1")("GET", "/events", {}, None, {})
