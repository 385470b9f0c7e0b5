"""A sandbox at one instant. What is computed from it holds no lock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from mockcrm.audit.auditor import Audit, Auditor, ExtraFindings, audit
from mockcrm.audit.basis import Circumstances
from mockcrm.audit.books import Books
from mockcrm.audit.findings import Finding
from mockcrm.audit.pending import still_pending
from mockcrm.audit.replica_findings import REPLICA_FINDINGS
from mockcrm.base.declaring import dataclass
from mockcrm.crm.lists.cursor import Lineage
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
    replicas: Mapping[tuple[str, str], ComparedReplica] = field(default_factory=dict)
    """The replicas that a test handed in for the scenario: the last one of each client and kind of records."""

    def audit(self, extra: ExtraFindings | None = None, *, asked: int | None = None) -> Audit:
        """The audit of all requests so far, and `extra` findings.

        Of the requests under way, only those up to the number `asked` had arrived before the question; None stands for
        all of them. Raises `AuditInvalid`.
        """
        return self._audited(self.journal.spilled.fork(), extra, asked)

    def _audited(self, books: Books, extra: ExtraFindings | None = None, asked: int | None = None) -> Audit:
        """The audit by a copy of the books, in which it enters the requests that they do not have yet."""
        under_way: dict[str, list[int]] = {}
        for number, client in self.journal.under_way:
            if asked is None or number <= asked:
                under_way.setdefault(client, []).append(number)
        circumstances = Circumstances(under_way, self.journal.not_told_apart, resumed=self.recording.resumed)
        return audit(self.state.crm, books, self.journal.entries(), circumstances, extra)

    def compared(self, extra: ExtraFindings) -> EarlierFindings | None:
        """What `extra` finds on a replica now, for a later audit; None if it finds nothing. Raises `AuditInvalid`."""
        for client in self.audit(extra).clients:
            if found := [each for each in client.findings if each.kind in REPLICA_FINDINGS]:
                return EarlierFindings(client.client, extra.kind, found)
        return None

    def verdict(self, *, asked: int | None = None) -> ScenarioVerdict:
        """The verdict on the scenario; `asked` is that of `audit`. Raises `ScenarioNotFound`."""
        run, crm, books = scenario_run_of(self.state), self.state.crm, self.journal.spilled.fork()
        found = self._audited(books, asked=asked)
        pending = still_pending(crm, books, found, run.shown) if run.shown else {}
        entries, dropped, replicas = self.journal.entries(), self.journal.dropped, self.replicas.values()
        return scenario_verdict(run, Observed(crm, entries, dropped, self.journal.last, found, pending, replicas))
