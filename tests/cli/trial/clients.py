"""Clients that are tried for a report: mutants of the reference client, and some that stop in one way or another."""

from functools import cache

from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.trials.in_process import trial
from mockcrm.trials.mutants import MUTANTS
from mockcrm.trials.outcome import TrialReport
from mockcrm.trials.play import SyncFailed

HOSTILE = '\x1b[31mred\x1b]0;title\x07 </script><b>bold</b> &amp; \x00\x0b\ud800\uffff \u202eevil "quote" \']]>'
"""What steers a terminal, ends a script, cannot stand in XML or UTF-8, or turns letters around."""


class Impatient(ReferenceClient):
    """The reference client, for which no time passes while it waits."""

    mutant = "careful"

    def __init__(self, url: str) -> None:
        super().__init__(url, without=MUTANTS[self.mutant], wait=lambda seconds: None, max_wait=1)


class NoTombstones(Impatient):
    """It never asks for deletions, and relies on no lookback."""

    mutant = "no tombstones"


class Idle:
    """It asks for nothing."""

    def __init__(self, url: str) -> None: ...

    def sync(self) -> None: ...


class Crashing(Impatient):
    """It syncs, and ends badly, with hostile output."""

    def sync(self) -> None:
        super().sync()
        raise SyncFailed("It ended with status 3.", f"first line\n{HOSTILE}\nlast line")


class Endless(Impatient):
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
    return trial(Impatient, only=["paging"])


@cache
def crashing() -> TrialReport:
    return trial(Crashing, only=["watermark", "edit-vs-delete"], mailbox=False)


@cache
def endless() -> TrialReport:
    return trial(Endless, only=["late-commit-visibility"], max_requests=20)


@cache
def idle() -> TrialReport:
    return trial(Idle, only=["deletion"], mailbox=False)
