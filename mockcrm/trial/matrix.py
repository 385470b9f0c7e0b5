"""Every mutant of the reference client against every hazard of reading, and what the audit says of it.

`python -m mockcrm.trial.matrix` prints the table. No audit sees a replica; what a client lacks in the end is worked
out beside it, and held against the audit's errors.
"""

import itertools
import sys
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from mockcrm.app import create_app
from mockcrm.findings import READING, Finding
from mockcrm.sandbox import Sandbox, Sandboxes
from mockcrm.scenario import find_scenario
from mockcrm.state import Cause
from mockcrm.trial.aurinko import Aurinko
from mockcrm.trial.client import Client, GaveUp, Virtue
from mockcrm.trial.harm import lacking
from mockcrm.trial.mailbox import Mailbox
from mockcrm.trial.transport import Send, in_process
from mockcrm.vocabulary import read_actions

WATERMARK = (
    "equal-timestamp-at-watermark",
    "inclusive-since-repeat",
    "bulk-same-timestamp",
    "second-truncated-timestamps",
    "rounded-up-cursor",
    "client-clock-watermark",
    "late-commit-visibility",
    "index-lag",
    "out-of-order-rows",
    "server-clock-backwards",
    "replica-lag",
    "noop-touch-storm",
    "child-change-no-bump",
    "split-stream-race",
)
PAGING = (
    "edit-during-paging",
    "delete-during-paging",
    "insert-during-paging",
    "token-loop",
    "duplicate-page",
    "empty-page-with-next",
    "page-token-expired",
    "newest-token-on-truncated-page",
    "result-cap",
)
DELETION = (
    "create-delete-between-polls",
    "undelete-same-id",
    "delete-recreate-new-id",
    "tombstone-expired",
    "expired-cursor-swallowed",
    "empty-200-mass-delete",
    "delete-of-deleted",
    "edit-vs-delete",
    "id-only-tombstone",
)
TRANSPORT = ("rate-limit-burst", "error-mid-pagination", "token-expires-mid-sync")
HAZARDS = (*WATERMARK, *PAGING, *DELETION, *TRANSPORT)

NETS = {Virtue.LOOKBACK, Virtue.DAILY, Virtue.STILL, Virtue.GOES_ON, Virtue.BY_ID}
"""What catches a change that a client has let fall elsewhere. A mutant has none of them."""

MUTANTS: Mapping[str, frozenset[Virtue]] = {
    "careful": frozenset(),
    "no lookback": frozenset({Virtue.LOOKBACK}),
    "no nets": frozenset(NETS),
} | {
    name: frozenset({*NETS, *without})
    for name, without in {
        "largest stamp": {Virtue.AS_OF},
        "own clock": {Virtue.CRM_CLOCK},
        "last page's asOf": {Virtue.FIRST_PAGE},
        "one bound": {Virtue.OWN_BOUNDS},
        "bound by page": {Virtue.LAST_PAGE, Virtue.RETRIES},
        "first page only": {Virtue.ALL_PAGES},
        "stops at empty": {Virtue.EMPTY_PAGES},
        "pages by stamp": {Virtue.TOKENS},
        "no loop guard": {Virtue.LOOP_GUARD},
        "no tombstones": {Virtue.TOMBSTONES},
        "410 swallowed": {Virtue.FULL_RESYNC},
        "impatient": {Virtue.PATIENCE},
        "no comparison": {Virtue.COMPARES},
        "signs in once": {Virtue.SIGNS_IN},
    }.items()
}


AIMED: Mapping[str, str] = {
    "equal-timestamp-at-watermark": "no lookback",
    "bulk-same-timestamp": "pages by stamp",
    "second-truncated-timestamps": "largest stamp",
    "rounded-up-cursor": "aurinko",
    "client-clock-watermark": "own clock",
    "late-commit-visibility": "no lookback",
    "index-lag": "no lookback",
    "out-of-order-rows": "pages by stamp",
    "server-clock-backwards": "no lookback",
    "child-change-no-bump": "no nets",
    "split-stream-race": "one bound",
    "edit-during-paging": "no nets",
    "delete-during-paging": "no nets",
    "insert-during-paging": "last page's asOf",
    "empty-page-with-next": "stops at empty",
    "page-token-expired": "bound by page",
    "newest-token-on-truncated-page": "no nets",
    "result-cap": "no nets",
    "tombstone-expired": "no nets",
    "expired-cursor-swallowed": "410 swallowed",
    "rate-limit-burst": "impatient",
    "error-mid-pagination": "bound by page",
}
"""The mutant that each hazard is aimed at, which must get a finding that names it. The others have no such mutant:
they do not make a reader lose anything, or (token-loop, token-expires-mid-sync) make it stop."""


class Reader(Protocol):
    """A client that syncs, and says what it has."""

    def sync(self) -> None: ...

    def replica(self) -> Mapping[str, Mapping[str, Any]]: ...


@dataclass(frozen=True)
class Played:
    """What has become of a client in a scenario: what it lacks, what the audit found, and how the syncs went wrong."""

    lacks: Set[str]
    findings: tuple[Finding, ...]
    failures: tuple[str, ...]

    @property
    def blamed(self) -> Set[str]:
        """The events that an error of reading names."""
        found = (each for each in self.findings if each.kind in READING and each.kind.severity == "error")
        return {each.event_id for each in found if each.event_id}

    @property
    def grave(self) -> list[Finding]:
        return [found for found in self.findings if found.kind.severity != "note"]


def play(hazard: str, mutant: str) -> Played:
    """Play a scenario with a mutant, and let it sync twice more when all is quiet."""
    sandboxes = Sandboxes()
    sandbox = sandboxes.create(hazard, find_scenario(hazard))
    client, mailbox = _client(sandboxes, sandbox, mutant)
    names: dict[str, str] = {}
    failures: list[str] = []
    while not (leg := sandbox.next_leg()[0]).done:
        use_mailbox(mailbox, leg.mailbox, names)
        failures += sync(client)
    for _ in range(2):
        advance(sandbox, 60)
        failures += sync(client)
    (account,) = sandbox.audit().accounts
    return Played(lacking(sandbox, client.replica()), tuple(account.findings), tuple(failures))


def _client(sandboxes: Sandboxes, sandbox: Sandbox, mutant: str) -> tuple[Reader, Mailbox]:
    mailbox = Mailbox()
    send = in_process(create_app(sandboxes), f"/sandboxes/{sandbox.name}/api/v1")
    with sandbox.open() as crm:
        two_streams = crm.dialect.deletions == "endpoint"
    return client_of(mutant, send, mailbox, partial(advance, sandbox), two_streams=two_streams), mailbox


def client_of(
    mutant: str, send: Send, mailbox: Mailbox, wait: Callable[[float], object], *, two_streams: bool
) -> Reader:
    """A mutant that sends its requests so, and waits so many seconds so."""
    if mutant == "aurinko":
        return Aurinko(send, two_streams=two_streams, wait=wait)
    numbers = itertools.count(1)
    client = Client(
        send,
        mailbox,
        without=MUTANTS[mutant],
        two_streams=two_streams,
        wait=wait,
        credentials=lambda: f"Bearer token-{next(numbers)}",
    )
    client.headers["Authorization"] = "Bearer token-0"
    return client


def advance(sandbox: Sandbox, seconds: float) -> None:
    """Let time pass in a sandbox instead of the world."""
    sandbox.perform(read_actions([{"advance": {"by": f"{int(seconds * 1000)}ms"}}]), Cause("crm"))


def use_mailbox(mailbox: Mailbox, told: Iterable[Mapping[str, Any]], names: dict[str, str]) -> None:
    """Do what the scenario says that the user did."""
    for each in told:
        ((verb, arguments),) = each.items()
        if verb == "create":
            names[arguments.get("as", "")] = mailbox.create(arguments["set"]).id
            continue
        for item in mailbox.tied_to(arguments.get("id", "")):
            if verb == "edit":
                mailbox.edit(item.id, arguments["set"])
            else:
                mailbox.delete(item.id)


def sync(client: Reader) -> Iterable[str]:
    """Have a client sync; why it gave up, if it did."""
    try:
        client.sync()
    except GaveUp as error:
        return [str(error)]
    return []


def _cell(played: Played) -> str:
    """A mark for harm, then the audit's codes with their hazards."""
    found = sorted({f"{each.kind.code} ({each.hazard})" if each.hazard else each.kind.code for each in played.grave})
    return " ".join(["✗"] * bool(played.lacks) + ["!"] * (played.lacks != played.blamed) + ["<br>".join(found)]) or "·"


def table(write: Callable[[str], object] = sys.stdout.write) -> None:
    """Write the table, and how good the audit is. ✗ marks harm, ! what the audit's errors do not say right."""
    mutants = [*MUTANTS, "aurinko"]
    write(f"| hazard | {' | '.join(mutants)} |\n|{'---|' * (len(mutants) + 1)}\n")
    right = blamed = lacked = 0
    unnamed = []
    for hazard in HAZARDS:
        row = {mutant: play(hazard, mutant) for mutant in mutants}
        write(f"| {hazard} | {' | '.join(map(_cell, row.values()))} |\n")
        aimed = AIMED.get(hazard)
        if aimed and hazard not in {found.hazard for found in row[aimed].grave}:
            unnamed.append(f"{hazard} ({aimed})")
        for played in row.values():
            blamed += len(played.blamed)
            lacked += len(played.lacks)
            right += len(played.blamed & played.lacks)
    write(f"\nPrecision: {_share(right, blamed)} events that an error names are lacking.\n")
    write(f"Recall: {_share(right, lacked)} events that are lacking are named by an error.\n")
    write(f"Hazards that the finding in the mutant they are aimed at does not name: {', '.join(unnamed) or 'none'}.\n")


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "0 of 0"


if __name__ == "__main__":
    table()
