"""A sandbox as it stood at one instant: what is worked out from it keeps nobody waiting."""

from dataclasses import dataclass, replace

from mockcrm.audit.auditor import Audit, Beside, Books, audit
from mockcrm.crm.lists.pages import Lineage
from mockcrm.journal.journal import Kept
from mockcrm.sandbox.recording import Recording
from mockcrm.sandbox.scenario.steps import plot_of
from mockcrm.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Moment:
    """All that is known of a sandbox at an instant. `state` is one that nobody changes any more."""

    lineage: Lineage
    state: State
    recording: Recording
    journal: Kept[Books]

    def audit(self, beside: Beside | None = None) -> Audit:
        """What the clients' requests so far say of them, and what else is to be found. Raises `AuditInvalid`."""
        books = self.journal.spilled.fork()
        books.complete = books.complete and not self.journal.cleared
        found = audit(self.state.crm, books, self.journal.entries(), beside)
        others = self.journal.not_told_apart
        return replace(found, complete=found.complete and not others, not_told_apart=others)

    def failures(self) -> list[str]:
        """What the plot expects and does not hold. Raises `ScenarioNotFound`."""
        failures: list[str] = plot_of(self.state).expected.failures(self.state.crm, self.journal.entries(), self._codes)
        return failures

    def _codes(self) -> set[str]:
        """The codes of what the audit finds, notes left aside."""
        found = [each.kind for account in self.audit().accounts for each in account.findings]
        return {kind.code for kind in found if kind.is_grave}
