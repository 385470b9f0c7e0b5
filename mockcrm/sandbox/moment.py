"""A sandbox at one instant. What is computed from it holds no lock."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mockcrm.audit.auditor import Audit, ExtraFindings, audit
from mockcrm.audit.books import Books
from mockcrm.audit.pending import still_pending
from mockcrm.crm.lists.cursor import Lineage
from mockcrm.journal.journal import JournalCopy
from mockcrm.sandbox.recording import Recording
from mockcrm.sandbox.scenario.steps import scenario_run_of
from mockcrm.sandbox.scenario.verdict import ComparedReplica, Observed, ScenarioVerdict, scenario_verdict
from mockcrm.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Moment:
    """A sandbox at one instant. Its `state` never changes."""

    lineage: Lineage
    state: State
    recording: Recording
    journal: JournalCopy[Books]
    replicas: Mapping[str, ComparedReplica] = field(default_factory=dict)
    """The replicas that a test handed in for the scenario: the last one of each client."""

    def audit(self, extra: ExtraFindings | None = None) -> Audit:
        """The audit of all requests so far, and `extra` findings. Raises `AuditInvalid`."""
        return self._audited(self._books(), extra)

    def _books(self) -> Books:
        """A copy of the books, for an audit to enter the requests that they do not have yet."""
        books = self.journal.spilled.fork()
        books.complete = books.complete and not self.journal.cleared
        return books

    def _audited(self, books: Books, extra: ExtraFindings | None = None) -> Audit:
        found = audit(self.state.crm, books, self.journal.entries(), extra)
        others = self.journal.not_told_apart
        return replace(found, complete=found.complete and not others, not_told_apart=others)

    def verdict(self) -> ScenarioVerdict:
        """The verdict on the scenario. Raises `ScenarioNotFound`."""
        run, crm, books = scenario_run_of(self.state), self.state.crm, self._books()
        found = self._audited(books)
        pending = still_pending(crm, books, found, run.shown) if run.shown else {}
        entries, replicas = self.journal.entries(), self.replicas.values()
        return scenario_verdict(run, Observed(crm, entries, self.journal.last, found, pending, replicas))
