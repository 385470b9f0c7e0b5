"""Plays a hazard's scenario with a client, and compares the client's replica with the CRM at the end."""

import copy
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from mockcrm.base.strict_yaml import read_yaml
from tests.hazards.client import OURS, Client, GaveUp, Record

FOLDER = Path(__file__).parent.parent.parent / "fixtures" / "hazards"
MOST_WRITES = 0
_names = (f"hazard{number}" for number in itertools.count(1))


@dataclass(frozen=True)
class Hazard:
    """A scenario file with a naive client, which it harms, and a careful client, which it spares.

    `without` are the paths, such as `steps[1].edit.visibleAfter`, of what does the harm. `symptoms` are all that the
    naive client suffers: C crash, D duplicate, L an expectation of the file that does not hold, as when data is lost,
    M missed change, P ping-pong, Z resurrection.
    """

    name: str
    naive: type[Client]
    careful: type[Client]
    without: tuple[str, ...]
    symptoms: str

    @cached_property
    def document(self) -> Record:
        document: Record = read_yaml((FOLDER / f"{self.name}.yaml").read_text(encoding="utf-8")).data
        return document

    @property
    def harmless(self) -> Record:
        """The same scenario without what does the harm."""
        document = copy.deepcopy(self.document)
        ways = [
            [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)] for path in self.without
        ]
        # The last of a list's members goes first, so that those before keep their places.
        for *way, last in sorted(ways, key=lambda way: way[-1] if isinstance(way[-1], int) else 0, reverse=True):
            within: Any = document
            for step in way:
                within = within[step]
            del within[last]
        return document


@dataclass
class Outcome:
    """The end of a scenario: the symptoms, each in a sentence, by their letters."""

    found: dict[str, list[str]] = field(default_factory=dict)
    audit: str | None = None
    """What the audit finds that the file does not expect."""
    verdict: str = ""
    """What the scenario's verdict is."""
    is_reported: bool = False
    """Whether the audit has errors or warnings, or an expectation of the file failed."""
    replica_differs: bool = False
    """Whether the client's copy or its calendar is not what the CRM has."""

    def add(self, symptom: str, sentence: str) -> None:
        self.found.setdefault(symptom, []).append(sentence)

    @property
    def letters(self) -> str:
        return "".join(sorted(self.found)) or "-"


def play(server: str, document: Record, kind: Callable[[httpx.Client], Client]) -> Outcome:
    """Play a scenario with a client in a sandbox of its own on the server."""
    name = next(_names)
    with httpx.Client(base_url=server, timeout=30, verify=False) as http:
        http.post("/admin/sandboxes", json={"name": name}).raise_for_status()
        http.base_url = httpx.URL(f"{server}/sandboxes/{name}")
        try:
            http.put("/admin/scenario", json=document).raise_for_status()
            with httpx.Client(base_url=f"{server}/sandboxes/{name}/api/v1", timeout=30, verify=False) as api:
                return _play(http, kind(api))
        finally:
            http.base_url = httpx.URL(server)
            http.delete(f"/admin/sandboxes/{name}")


def _play(crm: httpx.Client, client: Client) -> Outcome:
    outcome = Outcome()
    while not (sync_round := crm.post("/admin/scenario/next").raise_for_status().json())["done"]:
        for step in sync_round["mailbox"]:
            client.mailbox(step)
        before = _count_writes(crm)
        try:
            client.sync()
        except GaveUp:
            continue
        except Exception as error:
            outcome.add("C", f"{type(error).__name__}: {error}")
        writes = _count_writes(crm) - before
        if not sync_round["results"] and not sync_round["mailbox"] and writes > MOST_WRITES:
            outcome.add("P", f"wrote {writes} times though nothing had happened")
    outcome.verdict = sync_round["verdict"]
    for failure in sync_round["failures"]:
        if failure.startswith("audit: "):
            outcome.audit = failure
        else:
            outcome.add("L", failure)
    outcome.is_reported = bool(sync_round["failures"]) or not crm.get("/admin/audit").json()["clean"]
    _compare(crm, client, outcome)
    return outcome


def _count_writes(crm: httpx.Client) -> int:
    operations = ["createEvent", "updateEvent", "replaceEvent", "deleteEvent"]
    count: int = crm.post("/admin/requests/count", json={"operation": operations}).json()["count"]
    return count


def _compare(crm: httpx.Client, client: Client, outcome: Outcome) -> None:
    """Compare the replica and the calendar with the CRM."""
    every = crm.get("/admin/events").json()["records"]
    living = {event["id"]: event for event in every if not event["deleted"]}
    for event_id, event in living.items():
        known = client.replica.get(event_id)
        if known is None:
            outcome.add("M", f"{event['subject']!r} is not in the replica")
        elif _content(known) != _content(event):
            other = [name for name, value in _content(event).items() if known.get(name) != value]
            outcome.add("M", f"{event['subject']!r} has another {', '.join(other)} in the replica")
    for event_id, known in client.replica.items():
        if event_id not in living:
            outcome.add("Z", f"{known.get('subject')!r} was deleted, and is in the replica")
    outcome.replica_differs = bool(outcome.found.keys() & {"M", "Z"}) or len(client.entries()) != len(living)
    _find_duplicates(living, client, outcome)
    gone = {str(_content(event)) for event in every if event["deleted"]}
    for event in living.values():
        if event["origin"] == "client" and str(_content(event)) in gone:
            outcome.add("Z", f"{event['subject']!r} was deleted, and was made again")


def _find_duplicates(living: dict[str, Record], client: Client, outcome: Outcome) -> None:
    """What is there twice: an entry in the calendar, an event, an attendee."""
    entries = client.entries()
    for event_id in sorted({each for each in entries if entries.count(each) > 1}):
        outcome.add("D", f"{entries.count(event_id)} entries in the calendar for the event {event_id}")
    contents = [str(_content(event)) for event in living.values()]
    for content in sorted({each for each in contents if contents.count(each) > 1}):
        outcome.add("D", f"{contents.count(content)} events of one content: {content}")
    for event in living.values():
        for one, other in itertools.combinations(event["attendees"], 2):
            if shared := _identities(one) & _identities(other):
                outcome.add("D", f"{event['subject']!r} has one attendee twice: {shared}")


INTERNAL = ("version", "origin", "key", "deleted", "deletedAt", "visibleAt", "ownerId", "calendarId")


def _content(event: Record) -> Record:
    return {name: value for name, value in event.items() if name not in (*OURS, *INTERNAL)}


def _identities(attendee: Record) -> set[tuple[str, str]]:
    """By what an attendee is known, an address in whichever case."""
    names = ("userId", "emailAddress", "contactId")
    return {(name, str(attendee[name]).casefold()) for name in names if attendee[name] is not None}
