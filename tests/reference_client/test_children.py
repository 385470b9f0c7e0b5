"""The reference client knows child events: the calendar shows a meeting once, whatever the CRM makes of it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from mockcrm.errors import ChildReadOnly
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.stored_state import restore_state, state_document
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.trials.mutants import CHILD_MUTANTS
from mockcrm.trials.oracle import harm_done
from mockcrm.trials.replica_oracle import events_out_of_sync
from mockcrm.trials.run import client_of
from tests.trials.worlds import TIMES, World

ANN, BOB, CAT = ({"emailAddress": f"{name}@ourcompany.example"} for name in ("ann", "bob", "cat"))
GUEST = {"emailAddress": "wile@acme.example"}


class Company(World):
    """A CRM with child events and three users, of whom Ann owns what is created, and a client."""

    def __init__(self, *without: Safeguard, **knobs: Any) -> None:
        super().__init__({"childEvents": "users", **knobs}, frozenset(without))
        for each in (ANN, BOB, CAT):
            self.act({"create": {"kind": "user", "set": {"name": "Colleague", **each}}})

    def plan(self, *attendees: Mapping[str, Any], **fields: Any) -> None:
        """A colleague plans the meeting `500`."""
        content = {"id": "500", **TIMES, "subject": "Demo", "attendees": [*attendees], **fields}
        self.act({"create": {"key": "demo", "set": content}})

    def child(self, of: Mapping[str, Any] = BOB) -> str:
        """The id of somebody's child."""
        with self.sandbox.open() as state:
            found = [each.event for each in state.crm.store.events.live() if each.event.parent_id == 500]
        return next(each.id for each in found if each.attendees[0].email_address == of["emailAddress"])

    def answer(self, status: str, of: Mapping[str, Any] = BOB) -> None:
        self.act({"edit": {"event": self.child(of), "set": {"attendees": [{**of, "status": status}]}}})

    def user(self, verb: str, event: str = "500", **fields: Any) -> None:
        (item,) = self.mailbox.entries_of(event)
        self.tell_mailbox({verb: {"event": event, **({"set": fields} if fields else {})}}, item)

    @property
    def shown(self) -> list[tuple[Any, list[str]]]:
        """What the calendar shows: subjects, and who has answered what."""
        answers = [[each["status"] for each in item.content["attendees"]] for item in self.mailbox.items.values()]
        return sorted(zip((item.content["subject"] for item in self.mailbox.items.values()), answers, strict=True))

    def grave(self) -> list[str]:
        return [found.kind.code for found in self.findings() if found.kind.is_grave]

    def assert_in_sync(self) -> None:
        assert events_out_of_sync(self.sandbox, self.client.rows) == set(), self.log
        assert (harm_done(self.wiretap), self.grave()) == (set(), []), self.log
        parents = [event_id for event_id, row in self.client.rows.items() if row["parentId"] is None]
        assert sorted(item.event_id or "" for item in self.mailbox.items.values()) == sorted(parents), self.log

    def restart(self) -> None:
        """Have a new client go on with what the old one has stored."""
        document = json.loads(json.dumps(state_document(self.client)))
        self.client = client_of(self.sandbox, self.wiretap, self.without)
        restore_state(self.client, document)
        self.mailbox = self.client.mailbox


@pytest.mark.parametrize("order", ["after", "before"])
class TestReading:
    def test_a_meeting_is_one_entry_and_the_copy_has_its_children(self, order: str) -> None:
        company = Company(childOrder=order)
        company.sync()
        company.plan(BOB, CAT, GUEST)
        company.sync()
        assert company.shown == [("Demo", ["NeedsAction"] * 3)]
        assert len(company.client.rows) == 3
        company.assert_in_sync()

    def test_a_child_on_the_page_before_its_parent_waits_for_it(self, order: str) -> None:
        company = Company(childOrder=order, pageSize=1)
        company.sync()
        company.plan(BOB)
        company.sync()
        company.assert_in_sync()

    def test_an_answer_on_a_child_is_that_of_the_parents_attendee(self, order: str) -> None:
        company = Company(childOrder=order)
        company.plan(BOB, GUEST)
        company.sync()
        company.answer("Declined")
        company.sync()
        assert company.shown == [("Demo", ["Declined", "NeedsAction"])]
        company.assert_in_sync()

    def test_children_go_with_their_parent_and_come_back_with_it(self, order: str) -> None:
        company = Company(childOrder=order)
        company.plan(BOB, CAT)
        company.sync()
        company.act({"delete": {"event": "demo"}})
        company.sync()
        assert (company.shown, company.client.rows) == ([], {})
        company.act({"restore": {"event": "demo"}})
        company.sync()
        assert len(company.client.rows) == 3
        company.assert_in_sync()


class TestWaiting:
    def test_a_child_waits_for_a_parent_that_lists_do_not_show_yet_over_syncs_and_over_a_restart(self) -> None:
        company = Company(childEvents="none")
        company.sync()
        content = {**TIMES, "subject": "Demo", "attendees": [BOB]}
        company.act({"create": {"set": {"id": "500", **content}, "visibleAfter": "5m"}})
        company.act({"create": {"set": {"id": "501", "parentId": 500, **content}}})
        company.sync()
        company.restart()
        assert company.shown == []
        assert [*company.client.rows] == ["501"]
        company.settle()
        assert company.shown == [("Demo", ["NeedsAction"])]
        company.assert_in_sync()

    def test_a_child_with_another_answer_has_its_parent_read_again(self) -> None:
        """Lists show the parent of five minutes ago. What a read by its id shows is newer."""
        for without, shown in (((), "Accepted"), ((Safeguard.CHILD_ANSWERS,), "NeedsAction")):
            company = Company(*without, childEvents="none")
            company.plan(BOB)
            company.act({"create": {"set": {"id": "501", "parentId": 500, **TIMES, "attendees": [BOB]}}})
            company.sync()
            answered = {"attendees": [{**BOB, "status": "Accepted"}]}
            company.act({"edit": {"event": "demo", "set": answered, "visibleAfter": "5m"}})
            company.act({"edit": {"event": "501", "set": answered}})
            company.sync()
            assert company.shown == [("Demo", [shown])]
            company.settle()
            assert company.shown == [("Demo", ["Accepted"])]
            company.assert_in_sync()


class TestOutliving:
    def test_a_child_without_its_parent_is_no_meeting(self) -> None:
        company = Company(childrenOnDelete="leave")
        company.plan(BOB)
        company.sync()
        company.act({"delete": {"event": "demo"}})
        company.settle()
        assert (company.shown, len(company.client.rows)) == ([], 1)
        company.assert_in_sync()

    def test_it_belongs_to_the_parent_again_that_is_restored(self) -> None:
        company = Company(childrenOnDelete="leave")
        company.plan(BOB)
        company.sync()
        company.act({"delete": {"event": "demo"}})
        company.sync()
        company.act({"restore": {"event": "demo"}})
        company.sync()
        assert company.shown == [("Demo", ["NeedsAction"])]
        company.assert_in_sync()

    def test_one_that_a_colleague_takes_out_of_the_family_is_a_meeting(self) -> None:
        company = Company(childrenOnDelete="leave")
        company.plan(BOB)
        company.sync()
        bobs = company.child()
        company.act({"delete": {"event": "demo"}}, {"edit": {"event": bobs, "set": {"parentId": None}}})
        company.sync()
        assert [item.event_id for item in company.mailbox.items.values()] == [bobs]
        company.assert_in_sync()


class TestDeleting:
    def test_the_crm_takes_the_children_and_is_asked_nothing_about_them(self) -> None:
        company = Company()
        company.plan(BOB, CAT)
        company.sync()
        company.user("delete")
        company.settle()
        assert company.client.rows == {}
        deleted = [each.path for each in company.sandbox.journal.entries() if each.method == "DELETE"]
        assert deleted == ["/api/v1/events/500"]
        company.assert_in_sync()

    def test_children_that_the_crm_leaves_are_deleted_at_the_next_sync(self) -> None:
        company = Company(childrenOnDelete="leave")
        company.plan(BOB, CAT)
        company.sync()
        company.user("delete")
        company.sync()
        assert len(company.client.rows) == 2
        company.restart()
        company.settle()
        assert company.client.rows == {}
        company.assert_in_sync()

    def test_one_that_a_colleague_has_made_a_meeting_of_stays(self) -> None:
        company = Company(childrenOnDelete="leave")
        company.plan(BOB)
        company.sync()
        bobs = company.child()
        company.user("delete")
        company.sync()
        company.act({"edit": {"event": bobs, "set": {"subject": "Bob's own", "parentId": None}}})
        company.settle()
        assert company.shown == [("Bob's own", ["NeedsAction"])]
        company.assert_in_sync()

    def test_one_that_is_gone_when_its_turn_comes_fails_nothing(self) -> None:
        company = Company(indexLag="1h")
        company.plan(BOB)
        company.act({"advance": {"by": "2h"}})
        company.sync()
        company.user("delete")
        company.sync()
        assert len(company.client.rows) == 1, "lists do not show the deletion yet"
        company.sync()
        assert company.client.rows == {}
        company.settle(minutes=61)
        company.assert_in_sync()

    def test_without_that_safeguard_the_client_comes_to_a_stop(self) -> None:
        company = Company(Safeguard.DELETED_TOGETHER)
        company.plan(BOB)
        company.sync()
        company.user("delete")
        company.sync()
        company.sync()
        assert sum("gave up: DELETE" in str(each) for each in company.log) == 2
        (found,) = [each for each in company.findings() if each.kind.is_grave]
        assert (found.kind.code, found.hazard) == ("write.toDeletedAgain", "parent-delete-cascades")


def entries_after_a_day(*without: Safeguard) -> Any:
    """What the calendar shows after a day on which one has to know what a child event is."""
    company = Company(*without, childEvents="none")
    company.plan(BOB)
    company.act({"create": {"set": {"id": "501", "parentId": 500, **TIMES, "subject": "Demo", "attendees": [BOB]}}})
    company.sync()
    answered = {"attendees": [{**BOB, "status": "Accepted"}]}
    company.act({"edit": {"event": "demo", "set": answered, "visibleAfter": "5m"}})
    company.act({"edit": {"event": "501", "set": answered}})
    company.sync()
    assert company.grave() == []
    return company.shown


def test_each_mutant_has_another_day_than_the_careful_client() -> None:
    assert entries_after_a_day() == [("Demo", ["Accepted"])]
    shown = {mutant.name: entries_after_a_day(*mutant.without) for mutant in CHILD_MUTANTS}
    assert shown == {
        "shows children as meetings": [("Demo", ["Accepted"]), ("Demo", ["NeedsAction"])],
        "keeps old answers": [("Demo", ["NeedsAction"])],
    }


def test_a_client_that_learns_of_children_has_one_entry_once_they_change() -> None:
    company = Company(Safeguard.PART_OF_PARENT)
    company.plan(BOB)
    company.sync()
    assert len(company.shown) == 2
    assert isinstance(company.client, ReferenceClient)
    assert isinstance(company.client.client, Client)
    company.client.client.switch(frozenset(Safeguard))
    company.answer("Accepted")
    company.settle()
    assert company.shown == [("Demo", ["Accepted"])]
    company.assert_in_sync()


DIALECTS: list[dict[str, Any]] = [
    {},
    {"pageSize": 1},
    {"indexLag": "1m"},
    {"deletions": "endpoint"},
    {"idForm": "guid"},
]


@pytest.mark.parametrize("seed", range(24))
def test_whatever_happens_to_families_the_careful_client_keeps_up(seed: int) -> None:
    chance = Random(seed)
    company = Company(
        childOrder=chance.choice(["after", "before"]),
        childrenOnDelete=chance.choice(["delete", "leave"]),
        **chance.choice(DIALECTS),
    )
    company.sync()
    for number in range(40):
        happen(company, chance, number)
    company.settle(times=4)
    company.assert_in_sync()


THINGS = (*["plan", "sync", "sync", "user", "answer"] * 2, "edit", "invite", "delete", "leave", "restore", "advance")


def happen(company: Company, chance: Random, number: int) -> None:
    """One thing that a colleague, an invited one or the user does, if there is an event to do it to."""
    guests = chance.sample([BOB, CAT, GUEST], chance.randint(0, 3))
    with company.sandbox.open() as state:
        families = [each.event for each in state.crm.store.events.live() if each.event.owner_id is not None]
        dead = [each for each in company.ids(deleted=True) if each in state.crm.store.events]
    parents = [each.id for each in families if each.parent_id is None]
    kids = [each for each in families if each.parent_id is not None and str(each.parent_id) in parents]
    content = {**TIMES, "subject": f"Meeting {number}", "attendees": guests}
    match chance.choice(THINGS):
        case "plan":
            company.act({"create": {"set": content}})
        case "edit" if parents:
            company.act({"edit": {"event": chance.choice(parents), "set": {"subject": f"Another {number}"}}})
        case "invite" if parents:
            company.act({"edit": {"event": chance.choice(parents), "set": {"attendees": guests}}})
        case "answer" if kids:
            kid = chance.choice(kids)
            who = {"emailAddress": kid.attendees[0].email_address, "status": chance.choice(["Accepted", "Declined"])}
            company.act({"edit": {"event": kid.id, "set": {"attendees": [who]}}})
        case "delete" if parents:
            company.act({"delete": {"event": chance.choice(parents)}})
        case "leave" if kids:
            company.act({"delete": {"event": chance.choice(kids).id}})
        case "restore" if dead:
            # A deleted child of a living parent is not restored: its person is invited again.
            with suppress(ChildReadOnly):
                company.act({"restore": {"event": chance.choice(dead)}})
        case "user":
            company.use_mailbox(chance.randint(0, 9), chance.choice(["create", "edit", "delete"]))
        case "sync":
            company.sync()
        case _:
            company.act({"advance": {"by": "1m"}})
