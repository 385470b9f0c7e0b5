"""A sandbox at one instant. What is computed from it holds no lock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from mockcrm.audit.auditor import Audit, Auditor, ExtraFindings, audit
from mockcrm.audit.basis import Circumstances
from mockcrm.audit.books import Bookmark, Books
from mockcrm.audit.findings import Finding
from mockcrm.audit.pending import still_pending
from mockcrm.audit.replica_findings import REPLICA_FINDINGS
from mockcrm.base.declaring import dataclass
from mockcrm.crm.lists.cursor import Lineage
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import JournalCopy
from mockcrm.sandbox.recording import Recording
from mockcrm.sandbox.scenario.verdict import ComparedReplica, Observed, ScenarioVerdict, scenario_verdict
from mockcrm.sandbox.state import State, scenario_run_of


@dataclass(frozen=True, slots=True)
class EarlierFindings:
    """Extra findings on a client and records of one kind that were made at an earlier moment."""

    client: str
    kind: str
    found: Sequence[Finding]

    def findings(self, auditors: Sequence[Auditor]) -> Iterator[Finding]:
        yield from self.found


@dataclass(frozen=True, slots=True)
class Moment:
    """A sandbox at one instant. Its `state` never changes."""

    lineage: Lineage
    state: State
    recording: Recording
    journal: JournalCopy[Books]
    books: Books
    replicas: Mapping[tuple[str, str], ComparedReplica] = field(default_factory=dict)
    """The replicas that a test handed in for the scenario: the last one of each client and kind of records."""

    def audit(self, extra: ExtraFindings | None = None, *, asked: int | None = None) -> Audit:
        """The audit of all requests so far, and `extra` findings.

        Of the requests under way, only those up to the number `asked` had arrived before the question; None stands for
        all of them. Raises `AuditInvalid`.
        """
        return self._audited(extra, asked)[0]

    def _audited(self, extra: ExtraFindings | None = None, asked: int | None = None) -> tuple[Audit, Books]:
        """The audit, and its books, in which all requests are entered."""
        under_way: dict[str, list[int]] = {}
        for number, client in self.journal.under_way:
            if asked is None or number <= asked:
                under_way.setdefault(client, []).append(number)
        circumstances = Circumstances(under_way, self.journal.not_told_apart, resumed=self.recording.resumed)
        books, others = self._books()
        copies = {entry.number: entry for entry in others}

        def entry_of(number: int) -> Entry | None:
            return copies.get(number) or self.journal.kept(number)

        return audit(self.state.crm, books, others, circumstances, entry_of, extra), books

    def _books(self) -> tuple[Books, list[Entry]]:
        """A copy of the books with the requests that can no longer change, and copies of the entries of the others.

        It goes on from where the audit before it stopped, so that it costs as much as there is new.
        """
        crm, journal, mark = self.state.crm, self.journal, self.books.bookmark
        if mark is not None and mark.leads_to(journal, crm.dialect):
            books, after = mark.books.fork(), mark.last
        else:
            books, after = journal.spilled.fork(), journal.dropped.last
        final, others = journal.final_and_others(after)
        if final:
            visibility = books.visibility(crm)
            for entry in final:
                books.enter(entry, visibility)
            last = final[-1].number
            self.books.bookmark = Bookmark(books, last, journal.answers, journal.late, crm.dialect)
            books = books.fork()
        return books, others

    def compared(self, extra: ExtraFindings) -> EarlierFindings | None:
        """What `extra` finds on a replica now, for a later audit; None if it finds nothing. Raises `AuditInvalid`."""
        for client in self.audit(extra).clients:
            if found := [each for each in client.findings if each.kind in REPLICA_FINDINGS]:
                return EarlierFindings(client.client, extra.kind, found)
        return None

    def verdict(self, *, asked: int | None = None) -> ScenarioVerdict:
        """The verdict on the scenario; `asked` is that of `audit`. Raises `ScenarioNotFound`."""
        run, crm = scenario_run_of(self.state), self.state.crm
        found, books = self._audited(asked=asked)
        pending = still_pending(crm, books, found, run.shown) if run.shown else {}
        entries, dropped, replicas = self.journal.entries(), self.journal.dropped, self.replicas.values()
        return scenario_verdict(run, Observed(crm, entries, dropped, self.journal.last, found, pending, replicas))
