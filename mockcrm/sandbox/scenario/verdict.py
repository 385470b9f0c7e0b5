"""The verdict on a scenario: whether it has passed, failed, or could not be judged (contract, section 7)."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from mockcrm.audit.auditor import Audit
from mockcrm.audit.judgement import Judgement
from mockcrm.base.declaring import dataclass
from mockcrm.crm.fake_crm import FakeCrm
from mockcrm.journal.entry import Entry
from mockcrm.journal.journal import Dropped
from mockcrm.sandbox.scenario.expectations import Expected
from mockcrm.sandbox.scenario.steps import syncs_left
from mockcrm.sandbox.state import ScenarioRun

MAX_REASONED = 10
"""How many syncs one reason names, and how many differences of one replica are said."""


@dataclass(frozen=True, slots=True)
class ComparedReplica:
    """How a client's replica differed from the CRM when a test handed it in.

    `differences` says the first of them in words; there were so many `more`. They are `pending` if all that the replica
    lacked could still be delivered to the client.
    """

    client: str
    differences: tuple[str, ...] = ()
    more: int = 0
    pending: bool = False

    def sentences(self) -> Iterator[str]:
        """The differences, each after the name of the client."""
        yield from (f"replica of {self.client}: {text}" for text in self.differences)
        if self.more:
            yield f"replica of {self.client}: {self.more} more {'difference' if self.more == 1 else 'differences'}."


def compared_replica(audit: Audit, client: str | None) -> ComparedReplica:
    """How a replica differs, according to the audit that compared it. An only client need not be named."""
    lost = [each for each in audit.differences if each.kind.code != "replica.pending"]
    found = lost or audit.differences
    shown = tuple(f"{each.kind.code}: {each.title}. {each.explanation}" for each in found[:MAX_REASONED])
    more = sum(each.count for each in found[MAX_REASONED:])
    named = next((each.client for each in audit.clients if client in (None, *each.names)), client or "")
    return ComparedReplica(named, shown, more, pending=not lost)


@dataclass(frozen=True, slots=True)
class ScenarioVerdict:
    """The judgement on a scenario, and its `failures`: all that is expected and does not hold, in words."""

    judgement: Judgement
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """What a scenario is judged by, besides its run.

    `requests` says how many requests came; those `dropped` were before the `entries`. `pending` has, by client, the
    number of changes that lists showed at the latest sync and that the client lacks, though it may still get them.
    """

    crm: FakeCrm
    entries: Sequence[Entry]
    dropped: Dropped
    requests: int
    audit: Audit
    pending: Mapping[str, int]
    replicas: Collection[ComparedReplica] = ()


def scenario_verdict(run: ScenarioRun, observed: Observed) -> ScenarioVerdict:
    """Judge a scenario as far as it has run.

    A client that never came has not passed, however quiet the CRM was. What the audit finds has precedence over what
    could not be judged, and that over all other expectations: they may be met because nothing happened. The verdict
    `passed` repeats what the audit says of what it did not judge.
    """
    expected: Expected = run.expected
    of_audit = expected.audit.judged(observed.audit)
    unmet = expected.unmet(observed.crm, observed.entries, observed.dropped)
    failures = (*unmet.failures, *_failures(of_audit, observed))
    if not (observed.requests or any(run.asked)):
        judgement = Judgement("inconclusive", ("No client has made a request.",))
    elif of_audit.verdict == "failed":
        judgement = Judgement("failed", failures)
    elif reasons := (*_not_judged(run, of_audit, observed), *unmet.unknown):
        judgement = Judgement("inconclusive", reasons)
    else:
        judgement = Judgement("failed", failures) if failures else of_audit
    return ScenarioVerdict(judgement, failures)


def _failures(of_audit: Judgement, observed: Observed) -> Iterator[str]:
    if of_audit.verdict == "failed":
        yield from of_audit.reasons
    yield from (text for each in observed.replicas if not each.pending for text in each.sentences())


def _not_judged(run: ScenarioRun, of_audit: Judgement, observed: Observed) -> Iterator[str]:
    """Why not all was judged."""
    if of_audit.verdict == "inconclusive":
        yield from of_audit.reasons
    if missed := [number for number, asked in enumerate(run.asked, start=1) if not asked]:
        yield f"No request came at {_numbered(missed)}."
    if left := syncs_left(run):
        yield f"The scenario has not run to its end: {left} {'sync is' if left == 1 else 'syncs are'} still to come."
    for client, count in sorted(observed.pending.items()):
        changes = "1 change" if count == 1 else f"{count} changes"
        yield f"{client} has not read {changes} yet that lists showed before the last sync."
    yield from (text for each in observed.replicas if each.pending for text in each.sentences())


def _numbered(syncs: Sequence[int]) -> str:
    """`sync 2`, or `syncs 1, 3 and 4`."""
    if len(syncs) == 1:
        return f"sync {syncs[0]}"
    named, more = [*map(str, syncs[:MAX_REASONED])], len(syncs) - MAX_REASONED
    *before, last = [*named, f"{more} more"] if more > 0 else named
    return f"syncs {', '.join(before)} and {last}"
