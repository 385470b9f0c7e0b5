"""A sandbox with something of everything that a state has."""

from tests.served import Crm
from tests.unchanged import EVENT, made, set_clock


def rich(crm: Crm) -> None:
    """Versions seen, unseen and overtaken, keys, tombstones, an agenda, a dialect, odd times, drawn chance.

    The event with the key `kickoff` lives, the one called `gone` was deleted, and is restored out of sight.
    """
    made(crm, "kickoff", subject="Kickoff", attendees=[{"contactId": 7}], relatedTo=[{"type": "Lead", "id": "1"}])
    made(crm, "gone")
    set_clock(crm, now="2026-01-05T10:00:00.000001Z", tick="1.5s", rate=2.5)
    crm.set_dialect(unknownFields="keep", tombstoneRetention="P30D")
    crm.create(subject="client's", colour="red")
    crm.api("POST", "/events", EVENT, headers={"Idempotency-Key": "once"})
    in_ten, in_five = {"visibleAfter": "10m"}, {"visibleAfter": "5m"}
    crm.act(
        {"delete": {"event": "gone", "by": "Ann"}},
        {"churn": {"creates": 20, "edits": 10, "deletes": 5}},
        {"edit": {"event": "kickoff", "set": {"subject": "silent"}, "bump": False}},
        {"edit": {"event": "kickoff", "set": {"subject": "overtaken"}, **in_ten}},
        {"edit": {"event": "kickoff", "set": {"subject": "seen first"}, **in_five}},
        {"create": {"set": EVENT | {"subject": "unseen"}, "stamp": "-1h", **in_ten}},
        {"restore": {"event": "gone", **in_five}},
        {"schedule": {"every": "1m", "do": [{"touch": {"events": ["kickoff"], "visibleAfter": "30s"}}]}},
        {"schedule": {"at": "2026-01-05T11:00:00Z", "do": [{"create": {"set": EVENT, "key": "scheduled"}}]}},
        {"churn": {"creates": 2, **in_ten}},
    )
