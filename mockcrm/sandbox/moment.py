"""A sandbox at one instant. What is computed from it holds no lock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mockcrm.audit.auditor import Audit, Auditor, ExtraFindings, audit
from mockcrm.audit.basis import Circumstances
from mockcrm.audit.books import Books
from mockcrm.audit.findings import Finding
from mockcrm.audit.replica_findings import REPLICA_FINDINGS
from mockcrm.crm.lists.cursor import Lineage
from mockcrm.journal.journal import JournalCopy
from mockcrm.sandbox.recording import Recording
from mockcrm.sandbox.scenario.steps import scenario_run_of
from mockcrm.sandbox.state import State


@dataclass(frozen=True, slots=True)
class EarlierFindings:
    """Extra findings on a client that were made at an earlier moment."""

    client: str
    found: Sequence[Finding]

    def findings(self, auditor: Auditor) -> Iterator[Finding]:
        yield from self.found


@dataclass(frozen=True, slots=True)
class Moment:
    """A sandbox at one instant. Its `state` never changes."""

    lineage: Lineage
    state: State
    recording: Recording
    journal: JournalCopy[Books]

    def audit(self, extra: ExtraFindings | None = None, *, asked: int | None = None) -> Audit:
        """The audit of all requests so far, and `extra` findings.

        Of the requests under way, only those up to the number `asked` had arrived before the question; None stands for
        all of them. Raises `AuditInvalid`.
        """
        under_way: dict[str, list[int]] = {}
        for number, client in self.journal.under_way:
            if asked is None or number <= asked:
                under_way.setdefault(client, []).append(number)
        circumstances = Circumstances(under_way, self.journal.not_told_apart, resumed=self.recording.resumed)
        return audit(self.state.crm, self.journal.spilled.fork(), self.journal.entries(), circumstances, extra)

    def compared(self, extra: ExtraFindings) -> EarlierFindings | None:
        """What `extra` finds on a replica now, for a later audit; None if it finds nothing. Raises `AuditInvalid`."""
        for client in self.audit(extra).clients:
            if found := [each for each in client.findings if each.kind in REPLICA_FINDINGS]:
                return EarlierFindings(client.client, found)
        return None

    def failures(self) -> list[str]:
        """What the scenario expects that does not hold. Raises `ScenarioNotFound`."""
        expected = scenario_run_of(self.state).expected
        failures: list[str] = expected.failures(self.state.crm, self.journal.entries(), self._codes)
        return failures

    def _codes(self) -> set[str]:
        """The codes of the audit's findings, apart from notes."""
        found = [each.kind for account in self.audit().clients for each in account.findings]
        return {kind.code for kind in found if kind.is_grave}
