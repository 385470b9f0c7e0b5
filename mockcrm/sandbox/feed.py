"""What is new in a sandbox since a mark: for pages that follow it by asking again and again (contract, section 6)."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mockcrm.base.declaring import dataclass
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.lists.cursor import Lineage
from mockcrm.journal.journal import EntryNews, Journal
from mockcrm.sandbox.state import State

if TYPE_CHECKING:
    from mockcrm.audit.auditor import Audit
    from mockcrm.audit.findings import Finding
    from mockcrm.audit.knowledge import ClientKnowledge
    from mockcrm.sandbox.moment import Moment
    from mockcrm.sandbox.scenario.verdict import ComparedReplica

MAX_MARKS = 10_000
"""How many marks a feed remembers. A page with an older one starts again."""
MARK_SPACE = 2**40
"""Below this number a feed's marks begin, by chance: the marks of other sandboxes and other servers are not taken."""
AUDIT_SHARE = 0.02
"""How much of its time a sandbox spends at most on the audits of its feed, in the long run."""
AUDIT_CREDIT = 0.2
"""How many seconds of audits it may take at once after a pause, besides the last of them."""
AUDIT_AGE = timedelta(seconds=5)
"""How old an audit may be in the world's time if nothing is new but the time of a running clock."""


class Followed(Protocol):
    """What a feed needs of its sandbox (`mockcrm.sandbox.sandbox.Sandbox`)."""

    lineage: Lineage
    journal: Journal
    replicas: "Mapping[tuple[str, str], ComparedReplica]"
    seconds: Callable[[], float]

    def open(self) -> AbstractContextManager[State]: ...

    def moment(self) -> "Moment": ...


class Mark(NamedTuple):
    """How far somebody follows a sandbox: what they have of each list, which audit they know, and which arrangement.

    `life` is the number of the sandbox's lineage, new after each reset; `request` is that of the latest request.
    """

    life: int
    seq: int = 0
    news: int = 0
    request: int = 0
    finding: int = 0
    audit: int = 0
    arrangement: int = 0


class NumberedFinding(NamedTuple):
    """A finding of the latest audit. Its number stays as long as it says the same."""

    number: int
    client: str
    finding: "Finding"


class Arrangement(NamedTuple):
    """What those who drive a sandbox have arranged, as far as it takes to see that it is no longer the same.

    `rules`, `agenda` and `delayed` count fault rules, entries of the agenda, and changes that lists do not show yet;
    `scenario` says how far it has run.
    """

    dialect: Dialect
    frozen_at: datetime | None
    """None while the clock runs."""
    pace: tuple[float, timedelta]
    rules: tuple[int, int]
    agenda: tuple[int, int]
    delayed: int
    scenario: tuple[int, bool] | None
    replicas: "Mapping[tuple[str, str], ComparedReplica]"


class AuditBasis(NamedTuple):
    """What an audit is made of. While it is the same, so is the audit."""

    life: int
    seq: int
    revealed: int
    news: int
    dialect: Dialect
    frozen_at: datetime | None
    """None while the clock runs."""


@dataclass(frozen=True, slots=True)
class News:
    """What is new since the mark `start`, up to the mark `present`, each list in the order of its numbers.

    `restarted` is true if the mark that was asked for is unknown; then all there is is new. `changes` are the newest
    of those that are new. Requests below `first_request` are no longer kept. `audit` is None if it says the same as at
    the mark, with its findings under the `numbers` otherwise. It is `behind` if it does not know all that is new.
    `knowledge` is the number of what clients know by it.
    """

    restarted: bool
    start: Mark
    present: Mark
    changes: Sequence[Change]
    first_request: int
    requests: Sequence[EntryNews]
    findings: Sequence[NumberedFinding]
    audit: "Audit | None"
    numbers: "Mapping[tuple[str, Finding], int]"
    knowledge: int
    behind: bool

    def chosen_requests(self, most: int) -> tuple[list[EntryNews], list[int]]:
        """Of so many requests at most, those that had arrived before the mark, and the newest; the others' numbers."""
        older, newest, mark = self.requests[:-most], [*self.requests[-most:]], self.start.request
        numbers = [each.entry.number for each in older]
        if min(numbers, default=mark + 1) > mark:
            return newest, numbers
        known = [each for each in older if each.entry.number <= mark]
        dropped = {each.at for each in [each for each in newest if each.entry.number > mark][: len(known)]}
        chosen = [*known, *(each for each in newest if each.at not in dropped)][-most:]
        kept = {each.at for each in chosen}
        return chosen, [each.entry.number for each in self.requests if each.at not in kept]


class LatestAudit(NamedTuple):
    """The audit that all share, None if there is none yet; the number of what clients know by it; is it `behind`?"""

    audit: "Audit | None"
    knowledge: int
    behind: bool


class Feed:
    """The marks of one sandbox, and the audit that all who follow it share. Any thread may call it.

    `begin` is the number of the first mark; by default it is drawn by chance.
    """

    def __init__(self, begin: int | None = None) -> None:
        self._marks: deque[Mark] = deque(maxlen=MAX_MARKS)
        self._latest = secrets.randbelow(MARK_SPACE) if begin is None else begin - 1
        self._lock, self._judging = threading.Lock(), threading.Lock()
        self._basis: AuditBasis | None = None
        self._audit: Audit | None = None
        self._audits = self._knowledges = self._last_finding = 0
        self._findings: dict[tuple[str, Finding], int] = {}
        self._numbers = count(1)
        self._arrangement: Arrangement | None = None
        self._arrangements = 0
        self._credit, self._judged = AUDIT_CREDIT, 0.0

    def judge(self, sandbox: Followed) -> None:
        """Have the audit know what is new, unless audits have taken their share of time, or another thread is at it.

        Nobody waits for it but the caller.
        """
        if not self._judging.acquire(blocking=False):
            return
        try:
            with sandbox.open() as state:
                basis = _basis_of(sandbox, state)
                if not self._is_due(basis, sandbox.seconds()):
                    return
                moment = sandbox.moment()
            # Other threads may run meanwhile, and their time is none of the audit's.
            began = time.thread_time()
            audit = moment.audit()
            self._credit -= time.thread_time() - began
            with self._lock:
                self._note(basis, audit)
        finally:
            self._judging.release()

    def _is_due(self, basis: AuditBasis, now: float) -> bool:
        """Whether an audit on this basis is wanted, and may be made now. If so, it counts as made."""
        passed = now - self._judged
        if basis == self._basis and (basis.frozen_at is not None or passed < AUDIT_AGE.total_seconds()):
            return False
        credit = min(AUDIT_CREDIT, self._credit + AUDIT_SHARE * passed)
        if credit <= 0:
            return False
        self._credit, self._judged = credit, now
        return True

    def _note(self, basis: AuditBasis, audit: "Audit") -> None:
        """Number the findings of a new audit. The lock is held."""
        same_life = self._life == basis.life
        known = self._findings if same_life else {}
        found = dict.fromkeys((each.client, finding) for each in audit.clients for finding in each.findings)
        self._findings = {each: known.get(each) or next(self._numbers) for each in found}
        self._last_finding = max((self._last_finding, *self._findings.values()))
        self._audits += not same_life or audit != self._audit
        self._knowledges += not same_life or _knowledge_of(audit) != _knowledge_of(self._audit)
        self._basis, self._audit = basis, audit

    def latest_audit(self, sandbox: Followed) -> LatestAudit:
        """The audit as the latest `judge` left it."""
        with sandbox.open() as state, self._lock:
            basis = _basis_of(sandbox, state)
            audit = self._audit if self._life == basis.life else None
            return LatestAudit(audit, self._knowledges, basis != self._basis)

    @property
    def _life(self) -> int | None:
        return self._basis and self._basis.life

    def since(self, sandbox: Followed, after: int | None, rows: int) -> News:
        """What is new since the mark of that number, and all there is without one. Of changes it has the newest `rows`.

        The audit is as the latest `judge` left it.
        """
        with sandbox.open() as state, self._lock:
            basis, asked = _basis_of(sandbox, state), self._find(after)
            restarted = asked is None or asked.life != basis.life
            start = Mark(basis.life) if asked is None or restarted else asked
            news = sandbox.journal.news_since(start.news)
            judged = self._life == basis.life
            finding, audit = (self._last_finding, self._audits) if judged else (start.finding, start.audit)
            self._note_arrangement(_arrangement_of(sandbox, state))
            return News(
                restarted,
                start,
                Mark(basis.life, basis.seq, news.last, sandbox.journal.last, finding, audit, self._arrangements),
                state.crm.store.changes(max(start.seq, basis.seq - rows)),
                news.first,
                news.entries,
                self._found_since(start.finding) if judged else (),
                self._audit if audit != start.audit else None,
                self._findings,
                self._knowledges,
                basis != self._basis,
            )

    def _note_arrangement(self, arrangement: Arrangement) -> None:
        """Count another arrangement than the one before. The lock is held, as is that of the sandbox."""
        self._arrangements += arrangement != self._arrangement
        self._arrangement = arrangement

    def _found_since(self, number: int) -> list[NumberedFinding]:
        # The numbers that were given first stand anywhere.
        found = (NumberedFinding(at, *each) for each, at in self._findings.items() if at > number)
        return sorted(found, key=lambda each: each.number)

    def _find(self, number: int | None) -> Mark | None:
        if number is None:
            return None
        place = number - (self._latest - len(self._marks) + 1)
        return self._marks[place] if 0 <= place < len(self._marks) else None

    def number(self, mark: Mark, asked: int | None) -> int:
        """The number of a mark: the one that was `asked` for if it is the same mark, otherwise a new or the latest."""
        with self._lock:
            if asked is not None and self._find(asked) == mark:
                return asked
            if not self._marks or self._marks[-1] != mark:
                self._marks.append(mark)
                self._latest += 1
            return self._latest


def _knowledge_of(audit: "Audit | None") -> "Sequence[tuple[str, Mapping[str, ClientKnowledge]]]":
    clients = audit.clients if audit else ()
    return [(each.client, {kind: of.knowledge for kind, of in each.kinds.items()}) for each in clients]


def _arrangement_of(sandbox: Followed, state: State) -> Arrangement:
    clock, run = state.crm.clock, state.scenario_run
    return Arrangement(
        state.crm.dialect,
        _frozen_at(state),
        (clock.rate, clock.tick),
        (state.faults.added, state.faults.removals),
        (state.agenda.added, len(state.agenda)),
        state.crm.store.pending_count,
        None if run is None else (run.place, run.done),
        sandbox.replicas,
    )


def _frozen_at(state: State) -> datetime | None:
    return None if state.crm.clock.running else state.crm.clock.now()


def _basis_of(sandbox: Followed, state: State) -> AuditBasis:
    crm, life = state.crm, sandbox.lineage.number
    news, frozen_at = sandbox.journal.news, _frozen_at(state)
    return AuditBasis(life, crm.store.last_seq, crm.store.revealed, news, crm.dialect, frozen_at)
