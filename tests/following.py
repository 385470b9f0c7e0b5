"""Somebody who follows a sandbox by its feed, as a page does, and knows it by nothing else."""

import contextlib
from dataclasses import dataclass, field
from typing import Any

from mockcrm import Crm, Refused


@dataclass
class Follower:
    """What somebody knows of a sandbox: the rows of each list by their numbers, the verdicts, and what is arranged.

    That is read anew only if an answer has another number.
    """

    crm: Crm
    number: int | None = None
    restarts: int = 0
    changes: dict[int, Any] = field(default_factory=dict)
    requests: dict[int, Any] = field(default_factory=dict)
    findings: dict[int, Any] = field(default_factory=dict)
    audit: Any = None
    arranged: Any = None

    def ask(self) -> list[Any]:
        """Ask what is new, again at once while there is more. All answers."""
        answers = [self._ask_once()]
        while answers[-1]["more"]:
            answers.append(self._ask_once())
        return answers

    def _ask_once(self) -> Any:
        news = self.crm.feed(self.number)
        if news["restarted"]:
            self.restarts += 1
            for known in (self.changes, self.requests, self.findings):
                known.clear()
            self.audit = None
        if news["number"] != self.number:
            self.number, self.arranged = news["number"], arranged(self.crm)
        self._catch_up(news)
        self.changes |= {each["seq"]: each for each in news["changes"]}
        self.requests |= {each["number"]: each for each in news["requests"]}
        self.requests = {number: self.requests[number] for number in self.requests if number >= news["firstRequest"]}
        self.findings |= {each["number"]: each for each in news["findings"]}
        self.audit = news["audit"] or self.audit
        return news

    def _catch_up(self, news: Any) -> None:
        """Read what an answer leaves out in the lists."""
        if left_out := news["changesLeftOut"]:
            before = news["changes"][0]["seq"]
            missed = self.crm.changes(after=before - 1 - left_out, limit=left_out)
            self.changes |= {each["seq"]: each for each in missed}
        for number in news["requestsLeftOut"]:
            with contextlib.suppress(Refused):
                self.requests[number] = self.crm.requests.get(number)

    def told(self) -> Any:
        """The changes, requests and audit that this follower knows of, as the lists show them."""
        return {
            "changes": [self.changes[seq] for seq in sorted(self.changes)],
            "requests": [self.requests[number] for number in sorted(self.requests)],
            "audit": self._told_audit(),
            "arranged": self.arranged,
        }

    def _told_audit(self) -> Any:
        clients = [
            {**each, "findings": [self._told_finding(number) for number in each["findings"]]}
            for each in self.audit["clients"]
        ]
        return {**self.audit, "clients": clients, "knowledge": None}

    def _told_finding(self, number: int) -> Any:
        return {name: value for name, value in self.findings[number].items() if name not in ("number", "client")}


def arranged(crm: Crm) -> Any:
    """What is set and arranged, without the time of a running clock."""
    clock: Any = crm.clock.get()
    if clock["mode"] == "running":
        del clock["now"]
    scenario: Any = None
    with contextlib.suppress(Refused):
        scenario = crm.scenario.get()
    return {"clock": clock, "dialect": crm.dialect(), "faults": crm.faults.all(), "scenario": scenario}


def listed(crm: Crm) -> Any:
    """What the lists show."""
    audit: Any = crm.audit()
    return {
        "changes": crm.changes(),
        "requests": crm.requests.all(),
        "audit": {name: audit[name] for name in ("verdict", "reasons", "complete", "clients")} | {"knowledge": None},
        "arranged": arranged(crm),
    }
