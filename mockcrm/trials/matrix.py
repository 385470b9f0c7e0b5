"""Every mutant of the reference client against every hazard, and what the audit says of it.

`python -m mockcrm.trials.matrix` prints a table of reading and one of writing. No audit sees a replica, nor what a user
meant; what a client lacks in the end, and what harm it did, is worked out beside it (`mockcrm.trials.oracle`), and held
against the audit's errors.
"""

import sys
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from mockcrm.reference_client.safeguards import Virtue
from mockcrm.sandbox.scenario.fixture_file import find_scenario
from mockcrm.trials.run import Played, play

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
WRITES = (
    "lost-response-on-create",
    "retry-nonidempotent-post",
    "concurrent-lost-update",
    "stale-etag-after-write",
    "put-clobbers-absent",
    "null-vs-absent",
    "attendees-replaced",
    "omitted-not-empty",
    "echo-own-write",
    "server-normalizes",
    "unknown-fields-dropped",
    "poison-event",
)
TIME = (
    "allday-tz-drift",
    "allday-end-inclusive",
    "allday-flip",
    "dst-gap-and-fold",
    "zero-length-event",
    "edge-spanning-window",
    "moved-out-of-window",
    "timestamp-formats",
)
IDENTITY = (
    "private-redaction",
    "attendee-case",
    "attendee-multi-identity",
    "parent-child-duplication",
    "id-beyond-2-53",
    "unicode-and-size",
)
READING = (
    *WATERMARK,
    *PAGING,
    *DELETION,
    "rate-limit-burst",
    "error-mid-pagination",
    "token-expires-mid-sync",
    "truncated-json",
)
WRITING = (
    *WRITES,
    *TIME,
    *IDENTITY,
    "html-instead-of-json",
    "slow-response",
    "inclusive-since-repeat",
    "noop-touch-storm",
    "replica-lag",
    "index-lag",
    *DELETION,
)
"""What concerns those who write; some of it concerns readers as well."""

NETS = {Virtue.LOOKBACK, Virtue.DAILY, Virtue.STILL, Virtue.GOES_ON, Virtue.BY_ID}
"""What catches a change that a client has let fall elsewhere. A mutant has none of them."""

READERS: Mapping[str, frozenset[Virtue]] = {
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

WRITERS: Mapping[str, frozenset[Virtue]] = {
    name: frozenset(without)
    for name, without in {
        "careful": set[Virtue](),
        "no tags": {Virtue.IF_MATCH, Virtue.CHANGES},
        "blind": {Virtue.LOOKS},
        "blind, writes all": {Virtue.LOOKS, Virtue.CHANGES},
        "and trusts lists": {Virtue.LOOKS, Virtue.CHANGES, Virtue.WHOLE_ROWS},
        "no keys": {Virtue.KEYS},
        "puts a part": {Virtue.WHOLE_PUTS},
        "no nulls": {Virtue.NULLS},
        "attendees shown": {Virtue.HIDDEN},
        "known fields": {Virtue.UNKNOWN},
        "insists": {Virtue.STORED},
        "makes anew": {Virtue.DROPS},
        "uploads the missing": {Virtue.ABSENCE, Virtue.BY_ID},
        "compares nothing": {Virtue.COMPARES},
        "end as last day": {Virtue.EXCLUSIVE_END},
        "stops at poison": {Virtue.POISON},
    }.items()
}

MUTANTS = {**READERS, **WRITERS}


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
    "lost-response-on-create": "no keys",
    "retry-nonidempotent-post": "no keys",
    "concurrent-lost-update": "no tags",
    "put-clobbers-absent": "puts a part",
    "omitted-not-empty": "and trusts lists",
    "echo-own-write": "compares nothing",
    "server-normalizes": "insists",
    "unknown-fields-dropped": "known fields",
    "allday-end-inclusive": "end as last day",
    "private-redaction": "and trusts lists",
}
"""The mutant that each hazard is aimed at, which must get a finding that names it. The others have no such mutant:
they do not make a reader lose anything, or (token-loop, token-expires-mid-sync) make it stop."""


AURINKO = "aurinko"


def played(hazard: str, mutant: str) -> Played:
    """A hazard's scenario, played with a mutant."""
    return play(find_scenario(hazard), MUTANTS.get(mutant, frozenset()), aurinko=mutant == AURINKO)


@dataclass
class Score:
    """How many events errors name, how many of them rightly, and how many there were to name."""

    named: int = 0
    right: int = 0
    harmed: int = 0

    def add(self, named: Set[str], harmed: Set[str]) -> None:
        self.named += len(named)
        self.right += len(named & harmed)
        self.harmed += len(harmed)

    def __str__(self) -> str:
        precision, recall = _share(self.right, self.named), _share(self.right, self.harmed)
        return f"{precision} events that an error names, rightly; {recall} events to be named, named by an error"


def tables(write: Callable[[str], object] = sys.stdout.write) -> None:
    """Write both tables, and how good the audit is."""
    reading, writing = Score(), Score()
    unnamed: list[str] = []
    for hazards, mutants in ((READING, [*READERS, AURINKO]), (WRITING, [*WRITERS])):
        write(f"| hazard | {' | '.join(mutants)} |\n|{'---|' * (len(mutants) + 1)}\n")
        for hazard in hazards:
            row = {mutant: played(hazard, mutant) for mutant in mutants}
            write(f"| {hazard} | {' | '.join(map(_cell, row.values()))} |\n")
            aimed = AIMED.get(hazard)
            if aimed in row and hazard not in {found.hazard for found in row[aimed].grave}:
                unnamed.append(f"{hazard} ({aimed})")
            for each in row.values():
                reading.add(each.blamed, each.lacks)
                writing.add(each.accused, each.harmed)
        write("\n")
    write(f"Of reading: {reading}.\nOf writing: {writing}.\n")
    write(f"Hazards that the finding in the mutant they are aimed at does not name: {', '.join(unnamed) or 'none'}.\n")


def _cell(each: Played) -> str:
    """A mark for harm and one for what errors do not say right, then the audit's codes with their hazards."""
    found = sorted({f"{one.kind.code} ({one.hazard})" if one.hazard else one.kind.code for one in each.grave})
    wrong = each.lacks != each.blamed or each.harmed != each.accused
    return " ".join(["✗"] * bool(each.lacks or each.harm) + ["!"] * wrong + ["<br>".join(found)]).strip() or "·"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "0 of 0"


if __name__ == "__main__":
    tables()
