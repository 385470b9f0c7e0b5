"""A sandbox at one instant. What is computed from it holds no lock."""

from dataclasses import dataclass, replace

from mockcrm.audit.auditor import Audit, ExtraFindings, audit
from mockcrm.audit.books import Books
from mockcrm.crm.lists.cursor import Lineage
from mockcrm.journal.journal import JournalCopy
from mockcrm.sandbox.recording import Recording
from mockcrm.sandbox.scenario.steps import scenario_run_of
from mockcrm.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Moment:
    """A sandbox at one instant. Its `state` never changes."""

    lineage: Lineage
    state: State
    recording: Recording
    journal: JournalCopy[Books]

    def audit(self, extra: ExtraFindings | None = None) -> Audit:
        """The audit of all requests so far, and `extra` findings. Raises `AuditInvalid`."""
        books = self.journal.spilled.fork()
        books.complete = books.complete and not self.journal.cleared
        found = audit(self.state.crm, books, self.journal.entries(), extra)
        others = self.journal.not_told_apart
        return replace(found, complete=found.complete and not others, not_told_apart=others)

    def failures(self) -> list[str]:
        """What the scenario expects that does not hold. Raises `ScenarioNotFound`."""
        expected = scenario_run_of(self.state).expected
        failures: list[str] = expected.failures(self.state.crm, self.journal.entries(), self._codes)
        return failures

    def _codes(self) -> set[str]:
        """The codes of the audit's findings, apart from notes."""
        found = [each.kind for account in self.audit().clients for each in account.findings]
        return {kind.code for kind in found if kind.is_grave}
