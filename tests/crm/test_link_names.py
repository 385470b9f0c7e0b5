"""`relatedTo[].name` is the present name of what a link leads to; a rename changes no event and stamps none."""

import json
from typing import Any

from mockcrm.crm import actions
from mockcrm.crm.content import set_fields
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.lagging import Lag, lagging
from mockcrm.crm.rendering import rendered, tagged
from mockcrm.sandbox.snapshot import dump_snapshot, load_snapshot
from mockcrm.sandbox.state import State
from tests.crm.linked import CRM, created, crm_with, deleted, edited, kind, restored, shown, speak


def linked(crm: FakeCrm, record: str, type_: str = "Account", name: str | None = None) -> str:
    """The id of a meeting about a record, with the name that its writer gave it."""
    event: str = created(crm, "event", relatedTo=[{"type": type_, "id": record, "name": name}])
    return event


def listed(crm: FakeCrm, event: str) -> Any:
    """The name of the only link, as lists, reads by id and the controls show it."""
    change, known = crm.find(EVENT, event), crm.store.link_names
    answers = [rendered([change], crm.dialect, listed=each, names=known) for each in (True, False)]
    names = {_name(json.loads(*answer)) for answer in answers}
    (name,) = names | {_name(shown(crm, "event", event))}
    return name


def _name(record: Any) -> Any:
    return record["relatedTo"][0]["name"]


def test_a_link_has_the_name_of_its_target_whatever_was_sent() -> None:
    crm = crm_with()
    account = created(crm, "account", name="Acme")
    contact = created(crm, "contact", firstName="Wile", lastName="Coyote")
    assert listed(crm, linked(crm, account, name="Something else")) == "Acme"
    assert listed(crm, linked(crm, contact, "Contact")) == "Wile Coyote"


def test_a_link_that_leads_nowhere_keeps_the_name_that_was_sent() -> None:
    crm = crm_with()
    event = linked(crm, "77", name="Something else")
    created(crm, "account", name="Acme")
    assert listed(crm, event) == "Something else"


def test_a_rename_is_seen_at_once_and_changes_neither_version_nor_stamp_nor_tag() -> None:
    crm = crm_with()
    account = created(crm, "account", name="Acme")
    event = linked(crm, account)
    before = crm.find(EVENT, event)
    tag, kept = tagged(before), rendered([before], crm.dialect, names=crm.store.link_names)
    edited(crm, "account", account, name="Acme Corp")
    assert listed(crm, event) == "Acme Corp"
    assert crm.find(EVENT, event) is before
    assert tagged(before) == tag
    assert rendered([before], crm.dialect) == kept
    edited(crm, "account", account, name="Acme")
    assert listed(crm, event) == "Acme"


def test_the_last_name_of_a_deleted_record_stays() -> None:
    crm = crm_with()
    account = created(crm, "account", name="Acme")
    event = linked(crm, account)
    edited(crm, "account", account, name="Acme Corp")
    deleted(crm, "account", account)
    assert listed(crm, event) == "Acme Corp"
    assert listed(crm, linked(crm, account, name="Gone")) == "Acme Corp"
    restored(crm, "account", account)
    assert listed(crm, event) == "Acme Corp"


def test_a_record_that_comes_after_the_event_gives_its_link_the_name() -> None:
    crm = crm_with()
    event = linked(crm, "77", name="Something else")
    created(crm, "account", id="77", name="Acme")
    assert listed(crm, event) == "Acme"


def test_what_is_written_again_has_the_present_name_and_no_other_field_changed() -> None:
    crm = crm_with()
    account = created(crm, "account", name="Acme")
    event = linked(crm, account)
    edited(crm, "account", account, name="Acme Corp")
    change = edited(crm, "event", event, subject="Lunch").change
    assert set_fields(change) == {"subject"}
    actions.touch(crm, CRM, records=[event])
    assert not set_fields(crm.find(EVENT, event))
    assert _name(json.loads(*rendered([crm.find(EVENT, event)], crm.dialect))) == "Acme Corp"


def test_another_name_for_a_link_that_leads_nowhere_is_a_change() -> None:
    crm = crm_with()
    event = linked(crm, "77", name="Acme")
    change = edited(crm, "event", event, relatedTo=[{"type": "Account", "id": "77", "name": "ACME"}]).change
    assert set_fields(change) == {"relatedTo"}


def test_lists_render_anew_only_what_is_older_than_the_last_rename() -> None:
    crm = crm_with()
    account = created(crm, "account", name="Acme")
    old = linked(crm, account)
    assert crm.store.link_names.renamed == 0
    created(crm, "contact", lastName="Coyote")
    edited(crm, "account", account, domain="acme.example")
    deleted(crm, "account", account)
    restored(crm, "account", account)
    assert crm.store.link_names.renamed == 0
    renaming = edited(crm, "account", account, name="Acme Corp").change
    assert crm.store.link_names.renamed == renaming.seq
    new = linked(crm, account)
    changes = [crm.find(EVENT, each) for each in (old, new)]
    first = rendered(changes, crm.dialect, listed=True, names=crm.store.link_names)
    second = rendered(changes, crm.dialect, listed=True, names=crm.store.link_names)
    assert first == second
    assert first[0] is not second[0]
    assert first[1] is second[1]


def test_a_fork_has_names_of_its_own() -> None:
    crm = crm_with()
    account = created(crm, "account", name="Acme")
    event = linked(crm, account)
    fork = crm.fork()
    edited(fork, "account", account, name="Acme Corp")
    assert (listed(crm, event), listed(fork, event)) == ("Acme", "Acme Corp")


def test_a_replica_that_lags_has_the_names_of_its_day() -> None:
    crm = crm_with()
    account = created(crm, "account", name="Acme")
    event = linked(crm, account)
    edited(crm, "account", account, name="Acme Corp")
    assert listed(lagging(crm, Lag(None, 1, as_of_now=False)), event) == "Acme"


def test_a_snapshot_keeps_names_and_what_was_changed() -> None:
    crm = crm_with()
    account = created(crm, "account", name="Acme")
    event, dangling = linked(crm, account), linked(crm, "77", name="Gone")
    edited(crm, "account", account, name="Acme Corp")
    edited(crm, "event", event, subject="Lunch")
    twin = load_snapshot(dump_snapshot(State(crm))).crm
    assert twin.store.link_names.renamed == crm.store.link_names.renamed
    assert (listed(twin, event), listed(twin, dangling)) == ("Acme Corp", "Gone")
    assert set_fields(twin.find(EVENT, event)) == {"subject"}
    created(twin, "account", id="77", name="Found")
    assert listed(twin, dangling) == "Found"


def test_one_link_as_an_object_has_the_name_too() -> None:
    crm = crm_with()
    account = created(crm, "account", name="Acme")
    event = linked(crm, account)
    edited(crm, "account", account, name="Acme Corp")
    speak(crm, relatedToShape="object")
    (data,) = rendered([crm.find(kind("event"), event)], crm.dialect, names=crm.store.link_names)
    assert json.loads(data)["relatedTo"]["name"] == "Acme Corp"


# What is sent back: the name of a link that leads somewhere is no content


def with_a_child(account: dict[str, Any] | None = None) -> tuple[FakeCrm, str, str]:
    """A CRM with an event that is linked to an account, and has a child; the ids of both."""
    crm = crm_with(childEvents="users")
    created(crm, "user", name="Ann", emailAddress="ann@our.example")
    bob = created(crm, "user", name="Bob", emailAddress="bob@our.example")
    created(crm, "account", **(account or {"name": "Acme"}))
    event = created(crm, "event", attendees=[{"userId": bob}], relatedTo=[{"type": "Account", "id": "1001"}])
    (child,) = (each.record.id for each in crm.store.events.live() if each.event.parent_id is not None)
    return crm, event, child


def test_a_child_can_be_sent_back_as_it_is_shown_after_the_linked_account_was_renamed() -> None:
    crm, _, child = with_a_child()
    edited(crm, "account", "1001", name="Umbrella")
    links = shown(crm, "event", child)["relatedTo"]
    assert links[0]["name"] == "Umbrella"
    edited(crm, "event", child, relatedTo=links)


def test_and_so_can_one_whose_link_led_nowhere_when_it_was_written() -> None:
    crm, _, child = with_a_child({"id": "1002", "name": "Other"})
    created(crm, "account", id="1001", name="Acme")
    edited(crm, "event", child, relatedTo=shown(crm, "event", child)["relatedTo"])


def test_children_are_not_written_for_a_link_that_is_sent_without_its_name() -> None:
    crm, event, _ = with_a_child()
    result = edited(crm, "event", event, relatedTo=[{"type": "Account", "id": "1001"}])
    assert [change.record.id for change in result.changes] == [event]


def test_a_link_that_is_sent_without_its_name_gives_no_new_stamp() -> None:
    crm, event, _ = with_a_child()
    speak(crm, unbumpedFields=["subject"], childEvents="none")
    stamp = crm.find(kind("event"), event).stamp
    edited(crm, "event", event, subject="New", relatedTo=[{"type": "Account", "id": "1001"}])
    assert crm.find(kind("event"), event).stamp == stamp
