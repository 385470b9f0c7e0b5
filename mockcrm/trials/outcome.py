"""What a trial of a client found: of each sync, of each hazard, and of all together."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal, get_args

from mockcrm.base.declaring import dataclass
from mockcrm.base.escaping import harmless
from mockcrm.trials.hazards import Hazard

__tracebackhide__ = True
"""pytest shows the line of the test that says `assert_passed`, and none in here."""

Outcome = Literal["passed", "failed", "inconclusive", "not applicable", "stalled", "crashed"]
"""How a client fared against a hazard.

`passed`, `failed` and `inconclusive` are the scenario's verdict (contract, section 7). `not applicable` is a hazard
that concerns something that the client does not do. `stalled` is a client that had to be stopped, `crashed` one whose
last sync failed.
"""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
BAD: tuple[Outcome, ...] = ("failed", "stalled", "crashed")
"""The outcomes that say that a client does wrong."""

SyncEnd = Literal["done", "failed", "stalled", "unanswered"]
"""How a sync ended: `done` or `failed` by itself; or stopped, because it was `stalled` or the CRM took the time."""


@dataclass(frozen=True)
class SyncRun:
    """One sync of a client: its `number` from 1, how many `seconds` it took, and how it ended.

    `problem` says in a sentence why it was not `done`, and `output` is the end of what the client printed. A sync after
    the scenario's end is `settling`.

    >>> SyncRun(2, 0.1, "failed", "It ended with status 1.", output="KeyError: 'records'")
    """

    number: int = 0
    seconds: float = 0.0
    end: SyncEnd = "done"
    problem: str = ""
    output: str = ""
    settling: bool = False


@dataclass(frozen=True)
class HazardTrial:
    """A client's trial against one hazard.

    `reasons` says in words why the outcome is not `passed`, or what of a client that passed was not judged. `failures`
    are expectations of the scenario that do not hold. `audit` is the answer of `GET /admin/audit`, or of `POST` if the
    client left a `replica`; None if nothing was played. `requests` counts those that its clients are judged by,
    `writes` those that were to change something, and `lookups` those that read an event by its id.

    Unless the client passed, `last_requests` has a line for each of the last requests that show how it fared: those of
    its last sync that failed, else of all syncs; where findings show the others, those that were refused.
    """

    hazard: Hazard
    outcome: Outcome
    reasons: Sequence[str] = ()
    failures: Sequence[str] = ()
    audit: Mapping[str, Any] | None = None
    syncs: Sequence[SyncRun] = ()
    requests: int = 0
    seconds: float = 0.0
    writes: int = 0
    lookups: int = 0
    last_requests: Sequence[str] = ()

    @property
    def is_bad(self) -> bool:
        return self.outcome in BAD

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        """The audit's findings on all clients, as `GET /admin/audit` returns them."""
        clients = self.audit["clients"] if self.audit else []
        return [found for client in clients for found in client["findings"]]


@dataclass(frozen=True)
class KindsJudged:
    """The kinds of records that a trial judged, for the client asked for them; and those of scenarios, `unasked` for.

    >>> str(KindsJudged(("events", "contacts"), ("leads",)))
    'Judged: events, contacts. Not judged, since the client never asked for them: leads.'
    """

    judged: Sequence[str] = ()
    unasked: Sequence[str] = ()

    def __str__(self) -> str:
        judged = f"Judged: {', '.join(self.judged) or 'no records'}."
        unasked = f" Not judged, since the client never asked for them: {', '.join(self.unasked)}."
        return f"{judged}{unasked * bool(self.unasked)}"


@dataclass(frozen=True)
class Total:
    """So many of one kind of trial, by their outcomes. Those that are bad are of so many `kinds`; 0 if nobody knows.

    >>> str(Total("random trial", {"passed": 3, "failed": 3}, kinds=2))
    '6 random trials: 3 passed, 3 failed, of 2 kinds'
    """

    of: str
    counts: Mapping[Outcome, int]
    kinds: int = 0

    @property
    def what(self) -> str:
        """How many, such as `6 random trials`."""
        count = sum(self.counts.values())
        return f"{count} {self.of}{'s' * (count != 1)}"

    @property
    def bad(self) -> int:
        return sum(self.counts.get(outcome, 0) for outcome in BAD)

    @property
    def in_kinds(self) -> str:
        """What has to be said of failures that are alike."""
        return f", of {self.kinds} kind{'s' * (self.kinds != 1)}" if self.kinds else ""

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items() if count)
        return f"{self.what}: {counts}{self.in_kinds}" if counts else self.what


def counts_of(trials: Sequence[HazardTrial]) -> Mapping[Outcome, int]:
    """How many trials had each outcome."""
    found = Counter(each.outcome for each in trials)
    return {outcome: found[outcome] for outcome in OUTCOMES}


@dataclass(frozen=True)
class TrialReport:
    """A client's trial against many hazards, in the catalogue's order.

    `client` says who was tried: a command, or a class. `known` are the hazards whose failure is expected. `unplayed`
    are those that were not reached, because the trial was interrupted or stopped at the first failure. `settings` are
    the options of `mockcrm trial`, without their dashes, that repeat it: those that differ from the defaults. `command`
    has the words of the client's command, and none for a client in Python. `notes` say what holds of the whole trial.
    `random_counts` says how many random trials had each outcome: of those that failed alike, `trials` has one.

    >>> report = mockcrm.trial(MyClient, only=["paging"])
    >>> report.verdict, report.counts["passed"]
    ('passed', 9)
    >>> report.assert_passed()
    """

    client: str
    trials: Sequence[HazardTrial]
    known: frozenset[str] = frozenset()
    unplayed: Sequence[Hazard] = ()
    seconds: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    command: Sequence[str] = ()
    notes: Sequence[str] = ()
    random_counts: Mapping[Outcome, int] = field(default_factory=dict)
    kinds: KindsJudged = KindsJudged()

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many hazards had each outcome."""
        return counts_of(self.trials)

    @property
    def totals(self) -> list["Total"]:
        """What was played: hazards, and random trials."""
        hazards = [each for each in self.trials if each.hazard.seed is None]
        found = [Total("hazard", counts_of(hazards))] if hazards or not self.random_counts else []
        if self.random_counts:
            kinds = sum(each.is_bad for each in self.trials if each.hazard.seed is not None)
            found.append(Total("random trial", self.random_counts, kinds))
        return found

    @property
    def bad(self) -> list[HazardTrial]:
        """The trials that fail the whole: the client does wrong, and that was not known."""
        return [each for each in self.trials if each.is_bad and each.hazard.name not in self.known]

    @property
    def mended(self) -> list[HazardTrial]:
        """The trials that passed although a failure was expected."""
        return [each for each in self.trials if each.outcome == "passed" and each.hazard.name in self.known]

    @property
    def verdict(self) -> Literal["passed", "failed", "inconclusive"]:
        if self.bad:
            return "failed"
        judged = [each for each in self.trials if each.outcome != "not applicable"]
        undecided = [each for each in judged if each.outcome == "inconclusive"]
        return "inconclusive" if undecided or self.unplayed or not judged else "passed"

    @property
    def status(self) -> int:
        """The exit status: 0 if the client passed, 1 if it failed, 2 if that is not known."""
        return {"passed": 0, "failed": 1, "inconclusive": 2}[self.verdict]

    def assert_passed(self) -> None:
        """Raise an `AssertionError` unless the verdict is `passed`. It says which hazards did not pass, and why."""
        if self.verdict != "passed":
            raise AssertionError(str(self))

    @property
    def remarks(self) -> list[str]:
        """What holds of the whole trial: the notes, and which kinds were judged, if more is there than events."""
        more = {*self.kinds.judged, *self.kinds.unasked} - {"events"}
        return [*self.notes, str(self.kinds)] if more else [*self.notes]

    def __str__(self) -> str:
        """The verdict, the counts, and a line for each hazard that did not pass; whole reports are `mockcrm trial`'s.

        >>> print(mockcrm.trial(Reader, only="watermark"))
        Failed: Reader. 14 hazards: 13 passed, 1 failed.
          failed  late-commit-visibility: audit: expected no findings, but the audit finds change.outOfReach.
            → Ask from before the last asOf, by longer than any change takes to become visible, and ignore rows …
        More: mockcrm explain HAZARD
        """
        totals = "; ".join(str(each) for each in self.totals)
        unplayed = f"; {len(self.unplayed)} {'was' if len(self.unplayed) == 1 else 'were'} not played"
        lines = [line for each in self.trials for line in self._lines(each)]
        more = ["More: mockcrm explain HAZARD"] if self.bad else []
        head = f"{self.verdict.capitalize()}: {harmless(self.client)}. {totals}{unplayed * bool(self.unplayed)}."
        return "\n".join([head, *(f"  {remark}" for remark in self.remarks), *lines, *more])

    def _lines(self, trial: HazardTrial) -> Iterator[str]:
        name = harmless(trial.hazard.name)
        why = f": {harmless(trial.reasons[0])}" if trial.reasons else ""
        if trial in self.mended:
            yield f"  passed, though known to fail  {name}"
        elif trial in self.bad:
            yield f"  {trial.outcome}  {name}{why}"
            if trial.hazard.advice:
                yield f"    → {harmless(trial.hazard.advice)}"
        elif trial.is_bad:
            yield f"  {trial.outcome}, as known  {name}{why}"
        elif trial.outcome == "inconclusive":
            yield f"  inconclusive  {name}{why}"
