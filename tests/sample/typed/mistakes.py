"""A user's mistakes: mypy reports each line that ends in `# mistake`, and no other."""

from datetime import timedelta

import mockcrm
from mockcrm import Crm, types
from mockcrm.pytest_plugin import MakeCrm


def arrange(crm: Crm, make_crm: MakeCrm) -> None:
    crm.faults.add({"statsu": 503})  # mistake
    crm.faults.add({"delay": 3})  # mistake
    crm.faults.add("trunctae")  # mistake
    crm.faults.add({"disconnect": {"when": "later"}})  # mistake
    crm.faults.add({"rateLimit": {"requests": 4}})  # mistake
    crm.faults.add({"status": 503}, time=3)  # mistake
    crm.faults.add({"status": 503}, match={"operation": "listEvent"})  # mistake
    crm.faults.add({"status": 503}, match={"status": 429})  # mistake
    crm.set_dialect("gogle")  # mistake
    crm.set_dialect(pagesize=5)  # mistake
    crm.set_dialect(deletions="inlined")  # mistake
    crm.clock.set(mode="frozn")  # mistake
    crm.clock.advance(5)  # mistake
    crm.events.create(subject="Call", startTime="2026-03-02T09:00:00Z")  # mistake
    crm.events.edit("call", locaton="Room 7")  # mistake
    crm.events.edit("call", allDay="yes")  # mistake
    crm.events.edit("call", attendees=[{"emailAddress": "ann@example.com", "status": "accepted"}])  # mistake
    crm.events.delete("call", visible_after=5)  # mistake
    crm.perform({"edti": {"event": "call", "set": {"location": "Room 7"}}})  # mistake
    crm.perform({"edit": {"event": "call", "set": {"locaton": "Room 7"}}})  # mistake
    crm.scenario.load({"steps": ["sink"]})  # mistake
    make_crm(dialect="gogle")  # mistake
    make_crm(scenarios="quickstart")  # mistake


def look(crm: Crm, replica: list[dict[str, object]]) -> None:
    crm.verify({"operations": "listEvents"})  # mistake
    crm.verify({"operation": "listEvents"}, exact=1)  # mistake
    crm.requests.find({"staus": 503})  # mistake
    crm.requests.count(operation="listEvents")  # mistake
    crm.assert_in_sync(replica, window={"startAt": timedelta(days=1)})  # mistake
    assert crm.events.get("call")["locaton"] == "Room 7"  # mistake
    assert crm.clock.get()["mode"] == "stopped"  # mistake
    findings: list[types.Finding] = [found for client in crm.audit()["clients"] for found in client["findings"]]
    assert [each["code"] == "overwrite.blnd" for each in findings]  # mistake
    assert crm.changes()[0]["before"]["subject"] == "Call"  # mistake


async def wait(crm: Crm) -> None:
    await crm.verify_async({"operations": "listEvents"})  # mistake
    await crm.assert_clean_async(allowed=["write.drift"])  # mistake
    assert await crm.audit_async(wait="5s") == "passed"  # mistake


class Walker:
    def walk(self) -> None: ...


class Syncer:
    def __init__(self, url: str, name: str) -> None: ...

    def sync(self) -> None: ...

    def apply(self, mailbox: list[types.MailboxAction]) -> None:
        assert mailbox[0]["edit"]["key"]  # mistake
        assert mailbox[0]["edit"]["id"]
        assert mailbox[0]["move"]  # mistake


def try_clients(crm: Crm) -> None:
    crm.scenario.play(Walker())  # mistake
    crm.scenario.play(Syncer("", ""), print)  # mistake
    mockcrm.trial(Walker)  # mistake
    mockcrm.trial(Syncer)  # mistake
    mockcrm.trial(lambda url: Syncer(url, ""), onyl=["paging"])  # mistake
    mockcrm.trial(lambda url: Syncer(url, ""), dialect="gogle")  # mistake
    assert mockcrm.trial(lambda url: Syncer(url, "")).verdict == "fialed"  # mistake
