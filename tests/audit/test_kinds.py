"""The audit of every kind of records: one story for each family of findings, from a table that all kinds go through."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from mockcrm.audit.replica import replica_of
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.errors import AuditInvalid
from tests.audit.audited import MINUTE, Crm, at

EACH_KIND = pytest.mark.parametrize("kind", KINDS)
OTHERS = [name for name in KINDS if name != "event"]
EACH_OTHER_KIND = pytest.mark.parametrize("kind", OTHERS)


class Story(NamedTuple):
    """What a client does, and which findings that gives."""

    plays: Callable[[Crm], None]
    codes: tuple[str, ...]


def watermark_passes_a_late_commit(crm: Crm) -> None:
    name = crm.create()
    crm.read(showDeleted=True)
    crm.edit(name, visibleAfter="5m")
    crm.wait(1)
    bound = crm.read(since=at(crm.read(showDeleted=True)), showDeleted=True)
    crm.wait(10)
    crm.read(since=at(bound), showDeleted=True)


def watermark_passes_a_deletion(crm: Crm) -> None:
    name = crm.create()
    crm.read(showDeleted=True)
    crm.delete(name, visibleAfter="5m")
    crm.wait(1)
    bound = crm.read(showDeleted=True, since=at("2026-01-05T09:00:00Z"))
    crm.wait(10)
    crm.read(since=at(bound), showDeleted=True)


def never_asks_for_deletions(crm: Crm) -> None:
    name = crm.create()
    bound = crm.read()
    crm.delete(name)
    crm.read(since=at(bound))


def comes_after_the_tombstone_has_expired(crm: Crm) -> None:
    crm.act({"dialect": {"tombstoneRetention": "1h"}})
    name = crm.create()
    bound = crm.read()
    crm.read("client", "deleted")
    crm.delete(name)
    crm.wait(180)
    crm.read(since=at(bound))
    crm.read("client", "deleted", since=at("2026-01-05T11:59:00Z"))


def forgets_an_incomplete_answer(crm: Crm) -> None:
    name = crm.create()
    bound = crm.read(showDeleted=True)
    crm.edit(name)
    crm.wait(1)
    bound = crm.read(whole=False, since=at(bound), showDeleted=True)
    crm.read(since=at(bound), showDeleted=True)


def abandons_a_paged_read(crm: Crm) -> None:
    first, second = crm.create(), crm.create()
    bound = crm.read(showDeleted=True)
    crm.edit(first)
    crm.edit(second)
    crm.wait(1)
    bound = crm.read(since=at(bound), showDeleted=True, limit=1)
    crm.read(since=at(bound), showDeleted=True)


def moves_its_watermark_backwards(crm: Crm) -> None:
    crm.create()
    bound = crm.read(showDeleted=True)
    crm.wait(5)
    bound = crm.read(since=at(bound), showDeleted=True)
    crm.read(since=at(bound), showDeleted=True)
    crm.read(since=at(bound) - 2 * MINUTE, showDeleted=True)


def begins_with_a_watermark(crm: Crm) -> None:
    crm.create()
    crm.wait(5)
    crm.read(since=at("2026-01-05T09:04:00Z"), showDeleted=True)


def asks_from_the_future(crm: Crm) -> None:
    crm.create()
    bound = crm.read(showDeleted=True)
    crm.read(since=at(bound) + 3 * MINUTE + timedelta(seconds=7), showDeleted=True)


def overwrites_a_colleague(crm: Crm) -> None:
    name = crm.create()
    crm.read(showDeleted=True)
    crm.edit(name)
    crm.write("PATCH", name, {crm.edited: "Mine"})


def deletes_what_a_colleague_has_edited(crm: Crm) -> None:
    name = crm.create()
    crm.read(showDeleted=True)
    crm.edit(name)
    crm.write("DELETE", name)


def sends_a_post_again_whose_answer_was_lost(crm: Crm) -> None:
    crm.read(showDeleted=True)
    for answer in (None, 200):
        crm.write("POST", payload=crm.content("Ours"), answer=answer)


def creates_the_same_twice(crm: Crm) -> None:
    crm.read(showDeleted=True)
    for _ in range(2):
        crm.write("POST", payload=crm.content("Ours"))


def creates_again_what_was_deleted(crm: Crm) -> None:
    name = crm.create()
    bound = crm.read(showDeleted=True)
    crm.delete(name)
    crm.read(since=at(bound), showDeleted=True)
    crm.write("POST", payload=crm.content(name))


def brings_back_what_it_did_not_know_to_be_deleted(crm: Crm) -> None:
    name = crm.create()
    crm.read()
    crm.delete(name)
    crm.read()
    crm.write("POST", payload=crm.content(name))


def writes_without_a_change(crm: Crm) -> None:
    name = crm.create()
    crm.read(showDeleted=True)
    crm.write("PATCH", name, {crm.edited: crm.content(name)[crm.edited] if crm.edited != "location" else None})


def lets_a_text_grow(crm: Crm) -> None:
    name = crm.create({}) if crm.edited != "location" else crm.create({"location": "Room"})
    text = "Room" if crm.edited == "location" else name
    bound = crm.read(showDeleted=True)
    for _ in range(4):
        text += " (synced)"
        crm.write("PATCH", name, {crm.edited: text})
        bound = crm.read(since=at(bound), showDeleted=True)


def writes_its_own_result_again_and_again(crm: Crm) -> None:
    name = crm.create()
    bound = crm.read(showDeleted=True)
    for _ in range(4):
        crm.write("PATCH", name, {crm.edited: None if crm.edited == "location" else name})
        bound = crm.read(since=at(bound), showDeleted=True)


def writes_to_what_was_deleted(crm: Crm) -> None:
    name = crm.create()
    bound = crm.read(showDeleted=True)
    crm.delete(name)
    crm.write("PATCH", name, {crm.edited: "Mine"})
    crm.read(since=at(bound), showDeleted=True)


def repeats_a_write_to_what_was_deleted(crm: Crm) -> None:
    writes_to_what_was_deleted(crm)
    for text in ("Mine", "Mine too"):
        crm.write("PATCH", "event1", {crm.edited: text})


def is_given_it_after_all(crm: Crm) -> None:
    watermark_passes_a_late_commit(crm)
    crm.wait(1)
    crm.read(showDeleted=True)


STORIES = [
    Story(watermark_passes_a_late_commit, ("change.outOfReach",)),
    Story(watermark_passes_a_deletion, ("deletion.outOfReach",)),
    Story(never_asks_for_deletions, ("deletion.neverAskedFor",)),
    Story(comes_after_the_tombstone_has_expired, ("deletion.expired",)),
    Story(forgets_an_incomplete_answer, ("answer.incomplete",)),
    Story(abandons_a_paged_read, ("change.outOfReach", "read.abandoned")),
    Story(moves_its_watermark_backwards, ("watermark.backwards",)),
    Story(begins_with_a_watermark, ("read.floor",)),
    Story(asks_from_the_future, ("watermark.beyondClock",)),
    Story(overwrites_a_colleague, ("overwrite.blind",)),
    Story(deletes_what_a_colleague_has_edited, ("overwrite.deletion",)),
    Story(sends_a_post_again_whose_answer_was_lost, ("duplicate.retried",)),
    Story(creates_the_same_twice, ("duplicate.alike",)),
    Story(creates_again_what_was_deleted, ("resurrection.remade",)),
    Story(brings_back_what_it_did_not_know_to_be_deleted, ("resurrection.unaware",)),
    Story(writes_without_a_change, ("write.echo",)),
    Story(lets_a_text_grow, ("write.growth",)),
    Story(writes_its_own_result_again_and_again, ("write.pingPong",)),
    Story(writes_to_what_was_deleted, ("write.toDeleted",)),
    Story(repeats_a_write_to_what_was_deleted, ("write.toDeletedAgain",)),
    Story(is_given_it_after_all, ("recovered",)),
]


@EACH_KIND
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.plays.__name__)
def test_a_mistake_is_found_whatever_the_kind(kind: str, story: Story) -> None:
    crm = Crm(kind)
    story.plays(crm)
    found = [each for each in crm.findings() if each.kind.code in story.codes or each.kind.is_grave]
    assert tuple(sorted({each.kind.code for each in found})) == story.codes
    assert {each.record_kind for each in found} == {kind}


@EACH_OTHER_KIND
def test_a_finding_speaks_of_the_record_by_its_kind_and_name(kind: str) -> None:
    crm = Crm(kind)
    watermark_passes_a_late_commit(crm)
    (found,) = crm.findings()
    assert found.title.startswith(f"The {kind} “")
    assert (found.record_id, found.event_id, found.event_ids) == (crm.id_of("event1"), None, ())
    assert found.explanation.startswith(f"{kind.capitalize()} {found.record_id}, “")
    assert "event" not in f"{found.title}{found.explanation}{found.advice}".lower()
    assert [what for _, what in found.timeline if what.startswith("version 2 updated")]


# Several kinds


def read_all(crm: Crm, kind: str, **parameters: Any) -> str:
    return crm.switch(kind).read(showDeleted=True, **parameters)


def test_a_kind_that_a_client_never_asked_for_owes_it_nothing() -> None:
    crm = Crm()
    bound = read_all(crm, "event")
    for kind in OTHERS:
        name = crm.switch(kind).create()
        crm.edit(name)
        crm.delete(crm.create())
    crm.wait(1)
    read_all(crm, "event", since=at(bound))
    (client,) = crm.sandbox.audit().clients
    assert (client.findings, client.pending, client.judged().verdict) == ([], 0, "passed")
    assert [*client.kinds] == ["event"]


def test_what_is_pending_is_counted_by_kind() -> None:
    crm = Crm()
    for kind in ("event", "contact"):
        read_all(crm, kind)
        crm.create()
    crm.create()
    (client,) = crm.sandbox.audit().clients
    assert {kind: (each.delivered, each.pending) for kind, each in client.kinds.items()} == {
        "event": (0, 1),
        "contact": (0, 2),
    }
    assert (client.pending, client.events) == (3, 0)


def test_ids_of_two_kinds_may_be_alike() -> None:
    """A contact that the client was given says nothing of the event with its id."""
    crm = Crm()
    for kind in ("event", "contact"):
        crm.switch(kind).act({"create": {"kind": kind, "set": {**crm.content("Kick-off"), "id": "77"}}})
        read_all(crm, kind)
    crm.act({"edit": {"kind": "event", "record": "77", "set": {"location": "Room Turing"}}})
    (client,) = crm.sandbox.audit().clients
    assert [kind for kind, each in client.kinds.items() if "77" in each.knowledge.lacking] == ["event"]


def test_one_watermark_for_two_kinds_is_named_as_the_cause() -> None:
    """Contacts are read first, then events, and the watermark is taken from the later read."""
    crm = Crm("contact")
    name = crm.create()
    read_all(crm, "contact")
    crm.wait(1)
    bound = read_all(crm, "event")
    crm.switch("contact").edit(name, stamp="-30s")
    crm.wait(1)
    read_all(crm, "contact", since=at(bound))
    (found,) = crm.findings()
    assert (found.kind.code, found.record_kind) == ("watermark.shared", "contact")
    assert "asked for events, and the client keeps one watermark for both." in found.explanation


def test_an_instant_that_came_with_another_kind_is_not_of_the_future() -> None:
    crm = Crm()
    read_all(crm, "contact")
    crm.wait(5)
    bound = read_all(crm, "event")
    read_all(crm, "contact", since=at(bound))
    assert crm.codes() == []


def test_a_watermark_of_one_kind_is_none_of_another() -> None:
    """Contacts are read once an hour, events each minute: neither moves the other's watermark backwards."""
    crm = Crm()
    bounds = {kind: read_all(crm, kind) for kind in ("event", "contact")}
    for minute in range(8):
        crm.wait(1)
        bounds["event"] = read_all(crm, "event", since=at(bounds["event"]))
        if minute % 4 == 3:
            bounds["contact"] = read_all(crm, "contact", since=at(bounds["contact"]))
    assert crm.codes() == []


def test_a_read_of_all_events_says_nothing_of_contacts() -> None:
    """The client knows a contact and reads all events. That the contact is not among them tells it nothing."""
    crm = Crm("contact")
    name = crm.create()
    bound = crm.read()
    crm.delete(name)
    read_all(crm, "event")
    crm.switch("contact").read(since=at(bound))
    assert crm.codes() == ["deletion.neverAskedFor"]


# Filters: a look-up promises nothing, a followed filter is a stream of its own


def look_up(crm: Crm, address: str, **parameters: Any) -> str:
    return crm.switch("contact").read(emailAddress=(address,), **parameters)


def test_a_look_up_delivers_and_promises_nothing() -> None:
    crm = Crm("contact")
    wile, roda = crm.create(), crm.create({"emailAddress": "roda@acme.example"})
    look_up(crm, "wile@acme.example")
    crm.edit(wile)
    crm.edit(roda)
    crm.delete(wile)
    (client,) = crm.sandbox.audit().clients
    assert (client.findings, client.pending) == ([], 0)
    assert client.standing("contact").delivered == 1
    judgement = client.judged()
    assert (judgement.verdict, "looked records up" in " ".join(judgement.reasons)) == ("passed", True)


def test_a_look_up_is_no_read_of_everything() -> None:
    """What a look-up leaves out is not gone: the deletion of another contact is still missed."""
    crm = Crm("contact")
    name = crm.create({"emailAddress": "roda@acme.example"})
    bound = crm.read()
    crm.delete(name)
    look_up(crm, "wile@acme.example")
    crm.read(since=at(bound))
    assert crm.codes() == ["deletion.neverAskedFor"]


def test_a_look_up_does_not_hide_what_a_watermark_passes() -> None:
    crm = Crm("contact")
    look_up(crm, "wile@acme.example")
    watermark_passes_a_late_commit(crm)
    assert crm.codes() == ["change.outOfReach"]
    look_up(crm, "wile@acme.example")
    assert crm.codes() == ["recovered"]


def test_what_a_look_up_shows_may_be_overwritten_no_more_blindly() -> None:
    crm = Crm("contact")
    name = crm.create()
    crm.read(showDeleted=True)
    crm.edit(name)
    look_up(crm, "wile@acme.example")
    crm.write("PATCH", name, {"lastName": "Mine"})
    assert [code for code in crm.codes() if code.startswith("overwrite")] == []


def test_many_look_ups_of_one_page_are_no_futile_read() -> None:
    crm = Crm("contact")
    for _ in range(3):
        crm.create()
    for _ in range(4):
        look_up(crm, "wile@acme.example", limit=1)
    assert crm.codes() == []


def followed(crm: Crm, since: str | None = None, owner: str = "5") -> str:
    """A read of the contacts of one owner, or of what has changed in them."""
    asked: dict[str, Any] = {"since": at(since)} if since else {}
    return crm.switch("contact").read(ownerId=(owner,), showDeleted=True, **asked)


def test_a_followed_filter_has_a_watermark_that_may_pass_what_it_admits() -> None:
    crm = Crm("contact")
    mine, theirs = crm.create({"ownerId": "5"}), crm.create({"ownerId": "6"})
    bound = followed(crm)
    crm.wait(1)
    bound = followed(crm, bound)
    for name in (mine, theirs):
        crm.edit(name, visibleAfter="5m")
    crm.wait(1)
    bound = followed(crm, bound)
    crm.wait(10)
    followed(crm, bound)
    (found,) = crm.findings()
    assert (found.kind.code, found.record_id, found.hazard) == (
        "change.outOfReach",
        crm.id_of(mine),
        "late-commit-visibility",
    )


def test_what_leaves_a_followed_filter_is_nobodys_mistake() -> None:
    crm = Crm("contact")
    name = crm.create({"ownerId": "5"})
    bound = followed(crm)
    crm.wait(1)
    bound = followed(crm, bound)
    crm.edit(name, {"ownerId": "6"})
    crm.wait(1)
    followed(crm, bound)
    crm.delete(name)
    crm.wait(1)
    followed(crm, bound)
    assert (crm.codes(), crm.pending) == ([], 0)


def test_two_filters_that_share_a_watermark_are_found() -> None:
    crm = Crm("contact")
    name = crm.create({"ownerId": "5"})
    bounds = [crm.read(showDeleted=True, ownerId=(owner,), since=at("2026-01-05T09:00:00Z")) for owner in "56"]
    crm.wait(1)
    crm.edit(name)
    crm.wait(1)
    later = crm.read(showDeleted=True, ownerId=("6",), since=at(bounds[1]))
    crm.wait(1)
    followed(crm, later)
    (found,) = [each for each in crm.findings() if each.kind.is_grave]
    assert (found.kind.code, "by another filter" in found.explanation) == ("watermark.shared", True)


# What belongs to the client, and not to its lists


def test_a_wait_that_one_list_asks_for_holds_for_all() -> None:
    crm = Crm("contact")
    entry = crm.begin("client", "POST", payload=crm.content("Ours"))
    entry.note_retry_after("30", 0.0, ())
    crm.end(entry, 429)
    read_all(crm, "event")
    (found,) = crm.findings()
    assert (found.kind.code, found.record_kind, found.requests) == ("retry.tooEarly", None, (1, 2))


def test_a_token_is_renewed_between_two_kinds() -> None:
    """The new name asks for contacts from the very instant that the old one was sent with events."""
    crm = Crm()
    old, new = "token-0000000a", "token-0000000b"
    crm.switch("contact").read(old)
    crm.wait(1)
    bound = crm.switch("event").read(old)
    crm.wait(1)
    crm.switch("contact").read(new, since=at(bound))
    assert [each.names for each in crm.sandbox.audit().clients] == [(old, new)]


def test_a_kind_whose_lists_were_all_refused_leaves_the_verdict_open() -> None:
    crm = Crm()
    read_all(crm, "event")
    refused = crm.switch("contact").begin("client", "POST")
    refused.method, refused.operation = "GET", "listContacts"
    crm.end(refused, 503)
    (client,) = crm.sandbox.audit().clients
    assert client.judged().verdict == "inconclusive"
    assert client.judged().reasons == ("No list of contacts reached it whole: 503.",)


# A replica


@EACH_KIND
def test_a_replica_is_of_one_kind(kind: str) -> None:
    crm = Crm(kind)
    kept, lost, gone = crm.create(), crm.create(), crm.create()
    crm.read(showDeleted=True)
    crm.delete(gone)
    primary = [crm.id_of("primary")] if kind == "calendar" else []
    records = [*primary, {"id": crm.id_of(kept), crm.edited: "Wrong"}, {"id": crm.id_of(gone)}, {"id": "nobody"}]
    found = crm.sandbox.audit(replica_of({"kind": kind, "replica": records})).differences
    assert sorted((each.kind.code, each.record_kind, each.record_id) for each in found) == sorted(
        [
            ("replica.missing", kind, crm.id_of(lost)),
            ("replica.pending", kind, crm.id_of(gone)),
            ("replica.phantom", kind, "nobody"),
            ("replica.stale", kind, crm.id_of(kept)),
        ]
    )


def test_a_replica_of_contacts_has_the_fields_of_contacts_and_no_window() -> None:
    crm = Crm("contact")
    crm.read()
    with pytest.raises(AuditInvalid, match="fields that no contact has: subject in record 0"):
        crm.sandbox.audit(replica_of({"kind": "contact", "replica": [{"id": "1", "subject": "Kick-off"}]}))
    with pytest.raises(AuditInvalid, match="Contacts have no times"):
        replica_of({"kind": "contact", "replica": [], "window": {"startAt": "2026-01-05T09:00:00Z"}})
    with pytest.raises(AuditInvalid, match="kind"):
        replica_of({"kind": "guest", "replica": []})
