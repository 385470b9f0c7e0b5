"""Merges: losers are deleted, the survivor has a new version, and what referred to a loser refers to it."""

from typing import Any

import pytest

from mockcrm.crm.merging import merge, remaining
from mockcrm.errors import ActionInvalid, RecordDeleted, RecordNotFound
from tests.crm.linked import CRM, created, crm_with, deleted, kind, refusal_of, restored, shown


def merged(crm: Any, name: str, into: str, *losers: str, **how: Any) -> Any:
    return merge(crm, CRM, kind=kind(name), into=into, losers=losers, **how)


def meeting(crm: Any, *contacts: str) -> str:
    found: str = created(crm, "event", attendees=[{"contactId": int(each)} for each in contacts])
    return found


def guests(crm: Any, event: str) -> list[Any]:
    return [each["contactId"] for each in shown(crm, "event", event)["attendees"]]


@pytest.mark.parametrize("repoint", ["bump", "silent", "none"])
def test_what_referred_to_a_loser_refers_to_the_survivor(repoint: Any) -> None:
    crm = crm_with()
    into, one, two = (created(crm, "contact", lastName=name) for name in ("Coyote", "Koyote", "Coyotte"))
    event, other = meeting(crm, one, into), meeting(crm, into)
    lead = created(crm, "lead", lastName="Runner", convertedContactId=two)
    before = crm.find(kind("event"), event)
    result = merged(crm, "contact", into, one, two, repoint=repoint)
    expected = [("contact", into, "updated"), ("contact", one, "deleted"), ("contact", two, "deleted")]
    if repoint != "none":
        expected += [("event", event, "updated"), ("lead", lead, "updated")]
    assert [(each.kind, each.record.id, each.op) for each in result.changes] == expected
    assert result.change.record.id == into
    assert result.change.version == 2
    assert len({each.committed_at for each in result.changes}) == 1
    after = crm.find(kind("event"), event)
    if repoint == "none":
        assert after is before
    else:
        assert guests(crm, event) == [int(into)]
        assert after.version == 2
        stamp = before if repoint == "silent" else result.change
        assert after.stamp == stamp.stamp
        assert (after.stamp_seq == before.stamp_seq) is (repoint == "silent")
        assert shown(crm, "lead", lead)["convertedContactId"] == into
    assert crm.find(kind("event"), other).version == 1


def test_a_merge_is_no_deletion_that_drops_or_blocks() -> None:
    for how in ("drop", "block"):
        crm = crm_with(onDelete=how)
        into, gone = (created(crm, "contact", lastName=name) for name in ("Coyote", "Koyote"))
        event = meeting(crm, gone)
        merged(crm, "contact", into, gone, repoint="none")
        assert guests(crm, event) == [int(gone)]


def test_accounts_and_leads_can_be_merged_and_keys_name_them() -> None:
    crm = crm_with()
    into, gone = (created(crm, "account", name=name) for name in ("Acme", "ACME"))
    crm.name("acme", crm.find(kind("account"), into).record)
    contact = created(crm, "contact", lastName="Coyote", accountId=gone)
    merged(crm, "account", "acme", gone)
    assert shown(crm, "contact", contact)["accountId"] == into
    one, two = (created(crm, "lead", lastName=name) for name in ("Runner", "Runer"))
    merged(crm, "lead", one, two)
    assert crm.find(kind("lead"), two).deleted


def test_what_cannot_be_merged_is_refused() -> None:
    crm = crm_with()
    into, gone, dead = (created(crm, "contact", lastName=name) for name in ("Coyote", "Koyote", "Gone"))
    user = created(crm, "user", name="Ann", emailAddress="ann@ourcompany.example")
    deleted(crm, "contact", dead)
    refused = [
        (ActionInvalid, "user", user, user),
        (ActionInvalid, "event", "1", "2"),
        (ActionInvalid, "contact", into, gone, gone),
        (ActionInvalid, "contact", into, gone, into),
        (RecordNotFound, "contact", into, gone, "99"),
        (RecordNotFound, "contact", "99", gone),
        (RecordDeleted, "contact", dead, gone),
        (RecordDeleted, "contact", into, dead),
    ]
    expected: Any
    for expected, *arguments in refused:
        assert isinstance(refusal_of(crm, merged, *arguments), expected), arguments


def test_a_read_by_id_follows_merges_to_the_last_survivor_where_the_dialect_does() -> None:
    crm = crm_with(merged="follow")
    first, second, third = (created(crm, "contact", lastName=name) for name in ("A", "B", "C"))
    merged(crm, "contact", second, first)
    merged(crm, "contact", third, second)
    assert remaining(crm, crm.find(kind("contact"), first)).record.id == third
    deleted(crm, "contact", third)
    assert remaining(crm, crm.find(kind("contact"), first)).deleted
    restored(crm, "contact", first)
    assert remaining(crm, crm.find(kind("contact"), first)).record.id == first
    assert crm.find(kind("contact"), first).merged_into is None


def test_without_that_an_old_id_is_a_deleted_record() -> None:
    crm = crm_with()
    into, gone = (created(crm, "contact", lastName=name) for name in ("A", "B"))
    merged(crm, "contact", into, gone)
    found = crm.find(kind("contact"), gone)
    assert remaining(crm, found) is found
    assert found.merged_into == into


def test_a_link_to_a_loser_has_the_name_of_the_survivor_then() -> None:
    crm = crm_with()
    into, gone = (created(crm, "account", name=name) for name in ("Acme", "ACME Ltd."))
    event = created(crm, "event", relatedTo={"type": "Account", "id": gone})
    merged(crm, "account", into, gone)
    assert shown(crm, "event", event)["relatedTo"] == [{"type": "Account", "id": into, "name": "Acme"}]
