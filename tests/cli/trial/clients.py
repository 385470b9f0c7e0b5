"""Clients that are tried for a report: mutants of the reference client, and some that stop in one way or another."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from mockcrm.client.transport import over_http
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.mailbox import MemoryMailbox
from mockcrm.trials.in_process import trial
from mockcrm.trials.mutants import MUTANTS
from mockcrm.trials.outcome import TrialReport
from mockcrm.trials.play import SyncFailed
from mockcrm.trials.run import apply_mailbox_steps

HOSTILE = '\x1b[31mred\x1b]0;title\x07 </script><b>bold</b> &amp; \x00\x0b\ud800\uffff \u202eevil "quote" \']]>'
"""What steers a terminal, ends a script, cannot stand in XML or UTF-8, or turns letters around."""


class ReferenceClient:
    """The reference client, over HTTP."""

    mutant = "careful"

    def __init__(self, url: str) -> None:
        self._mailbox, self._names = MemoryMailbox(), dict[str, str]()
        without = MUTANTS[self.mutant]
        self._client = Client(over_http(url), self._mailbox, without=without, wait=lambda seconds: None)

    def apply(self, mailbox: Sequence[Any]) -> None:
        apply_mailbox_steps(self._mailbox, mailbox, self._names)

    def sync(self) -> None:
        self._client.sync()

    def replica(self) -> Any:
        return self._client.replica()


class NoTombstones(ReferenceClient):
    """It never asks for deletions, and relies on no lookback."""

    mutant = "no tombstones"


class Idle:
    """It asks for nothing."""

    def __init__(self, url: str) -> None: ...

    def sync(self) -> None: ...


class Crashing(ReferenceClient):
    """It syncs, and ends badly, with hostile output."""

    def sync(self) -> None:
        super().sync()
        raise SyncFailed("It ended with status 3.", f"first line\n{HOSTILE}\nlast line")


class Endless(ReferenceClient):
    """It syncs for ever."""

    def sync(self) -> None:
        while True:
            super().sync()


@cache
def careless() -> TrialReport:
    """A client that never asks for deletions, against some hazards: it fails, and passes some."""
    return trial(NoTombstones, only=["deletion", "late-commit-visibility", "parent-child-duplication"])


@cache
def careful() -> TrialReport:
    return trial(ReferenceClient, only=["paging"])


@cache
def crashing() -> TrialReport:
    return trial(Crashing, only=["watermark", "edit-vs-delete"], mailbox=False)


@cache
def endless() -> TrialReport:
    return trial(Endless, only=["late-commit-visibility"], max_requests=20)


@cache
def idle() -> TrialReport:
    return trial(Idle, only=["deletion"], mailbox=False)
