"""What a user may write: mypy finds nothing here."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import mockcrm
from mockcrm import Crm, SyncClient, types
from mockcrm.pytest_plugin import MakeCrm

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
CALL: types.NewEventFields = {"startTime": MONDAY, "endTime": MONDAY + timedelta(hours=1), "subject": "Call"}
WRITES: types.Matcher = {"operation": ["createEvent", "updateEvent"], "headers": {"If-Match": None}}
SCENARIO: types.ScenarioDocument = {
    "clock": {"now": MONDAY},
    "dialect": {"name": "google", "pageSize": 5},
    "events": [{"key": "call", "startTime": "2026-03-02T09:00:00Z", "endTime": "2026-03-02T10:00:00Z"}],
    "steps": ["sync", {"edit": {"event": "call", "set": {"location": "Room 7"}}}, {"note": "And again."}, "sync"],
    "expect": {"audit": ["overwrite.blind"], "events": [{"event": "call", "has": {"location": "Room 7"}}]},
}


def arrange(crm: Crm, make_crm: MakeCrm, file: Path) -> None:
    crm.events.create(key="call", visible_after="5m", **CALL)
    crm.events.create(allDay=True, startTime=date(2026, 3, 2), endTime="2026-03-03", attendees=({"userId": "ann"},))
    crm.events.edit("call", subject=None, relatedTo={"type": "Contact", "id": 7}, bump=False, by="ann")
    crm.events.delete("call", stamp=timedelta(hours=-1))
    for effect in effects():
        crm.faults.add(effect, match=WRITES, times=1, from_=MONDAY)
    crm.perform({"fault": {"effect": "html", "match": WRITES, "from": MONDAY}}, {"touch": {"events": "all"}})
    crm.perform({"schedule": {"every": "4h", "do": [{"churn": {"creates": 2}}]}}, {"clock": {"mode": "running"}})
    crm.set_dialect("google", tombstoneRetention=timedelta(days=3), unbumpedFields=["location"])
    crm.restore(crm.snapshot())
    for scenario in (SCENARIO, "quickstart", file):
        make_crm(scenario, at=MONDAY)
    make_crm(dialect={"pageSize": 2}, count=5, seed=1)


def effects() -> list[types.Effect]:
    return [{"status": 503}, {"status": {"status": 503, "headers": {"Retry-After": "5"}}}, {"delay": "3s"}, "truncate"]


def look(crm: Crm, replica: dict[str, dict[str, object]]) -> list[types.FindingCode]:
    crm.verify({"operation": "listEvents"}, {"operation": "updateEvent", "status": [200, 412]}, in_order=True)
    crm.assert_in_sync(replica.values(), window={"startAt": MONDAY})
    crm.assert_in_sync(event["id"] for event in crm.events.all(since=MONDAY))
    crm.scenario.play(lambda: None, play)
    (result,) = crm.perform({"delete": {"event": "call"}})
    assert crm.changes(after=result["seq"] - 1)[0]["after"] is None
    return [found["code"] for client in crm.audit()["clients"] for found in client["findings"]]


def play(actions: list[types.MailboxAction]) -> None:
    edits = [action["edit"] for action in actions if "edit" in action]
    assert [edit["event"] for edit in edits if "location" in edit["set"]]


async def play_a_coroutine(crm: Crm) -> types.Verdict:
    async def sync() -> None:
        crm.scenario.replica(crm.events.all(), client="ann", window={"startAt": MONDAY})

    crm.scenario.load({"steps": ["sync"], "expect": {"audit": {"allow": ["write.drift"]}}})
    await crm.scenario.play_async(sync, play)
    await crm.verify_async({"operation": "listEvents"}, at_least=1, timeout="5s")
    return crm.scenario.get()["verdict"]


class Reader:
    def __init__(self, url: str) -> None:
        self.url = url
        self.events: dict[str, types.Event] = {}

    def sync(self) -> int:
        return len(self.events)

    def replica(self) -> dict[str, types.Event]:
        return self.events


class Carrier:
    def __init__(self, url: str, delay: float = 0) -> None:
        self.url = url
        self.ids: dict[str, str | None] = {}

    async def sync(self) -> None: ...

    async def apply(self, mailbox: list[types.MailboxAction]) -> None:
        for action in mailbox:
            if "create" in action:
                self.ids[action["create"].get("as", "")] = None
            elif "edit" in action:
                self.ids[action["edit"]["event"]] = action["edit"].get("id")

    async def replica(self) -> dict[str, object]:
        return {"replica": list(self.ids), "client": "ann", "window": {"startAt": MONDAY}}

    async def close(self) -> None: ...


def try_clients(crm: Crm) -> list[str]:
    client: SyncClient = Carrier(crm.url)
    assert isinstance(client, SyncClient)
    crm.scenario.play(Reader(crm.url), max_requests=100)
    report = mockcrm.trial(Carrier, only="writing", known=["server-normalizes"], dialect="google", jobs=2, settle=1)
    mockcrm.trial(Reader, only=["paging"], mailbox=False, writes=False).assert_passed()
    return [f"{trial.hazard.name}: {trial.outcome}" for trial in report.trials if report.verdict == "failed"]


async def play_an_object(crm: Crm) -> None:
    await crm.scenario.play_async(Carrier(crm.url))


def choose() -> list[tuple[str, str, tuple[str, ...]]]:
    return [(hazard.title, hazard.advice, hazard.findings) for hazard in mockcrm.hazards("paging", "reading")]
