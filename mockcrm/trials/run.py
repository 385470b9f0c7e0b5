"""Runs a scenario with a client: what the client lost in the end, the harm it did, and what the audit reports."""

from collections.abc import Collection, Iterable, Set
from datetime import datetime
from functools import partial
from typing import Any

from mockcrm.audit.finding_type import FindingType
from mockcrm.audit.findings import Finding
from mockcrm.audit.reading_findings import READING_FINDINGS
from mockcrm.audit.replica import replica_of
from mockcrm.audit.writing_findings import WRITING_FINDINGS
from mockcrm.base.declaring import dataclass
from mockcrm.client.crm import connect
from mockcrm.client.sync_client import replica_arguments
from mockcrm.client.transport import Send, in_process
from mockcrm.crm.fake_crm import COLLEAGUE
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.names import RecordName
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.trials.hazards import Hazard
from mockcrm.trials.oracle import Harm, harm_done
from mockcrm.trials.play import MAX_TRIAL_REQUESTS, Play
from mockcrm.trials.replica_oracle import records_out_of_sync
from mockcrm.trials.wiretap import Wiretap
from mockcrm.web.app import create_app

QUIET_SYNCS = 4
"""How often a client syncs after the scenario's end: often enough for a feedback loop to show."""


@dataclass(frozen=True)
class TrialResult:
    """The end of a trial.

    `out_of_sync` are the records that the client's replica has wrong, `harm` is what the client did in the CRM,
    `findings` is what the audit reports, `failures` are the reasons why syncs gave up or were stopped, and `unmet` is
    what kept the scenario from passing. `differing` are the records in which the client's replica differs for good,
    according to an audit that is given it, if the trial was `compared`. `kinds` are those whose records the audit
    judged.
    """

    out_of_sync: Set[RecordName]
    harm: Set[Harm]
    findings: tuple[Finding, ...]
    failures: tuple[str, ...]
    unmet: tuple[str, ...]
    differing: Set[RecordName] = frozenset()
    kinds: Set[str] = frozenset({EVENT.name})

    @property
    def harmed(self) -> Set[RecordName]:
        return {RecordName(EVENT.name, harm.event_id) for harm in self.harm}

    @property
    def reported_lost(self) -> Set[RecordName]:
        """The records that the client missed, according to the audit's errors."""
        return records_in_errors(self.findings, READING_FINDINGS)

    @property
    def reported_harmed(self) -> Set[RecordName]:
        """The records that the client harmed, according to the audit's errors."""
        return records_in_errors(self.findings, WRITING_FINDINGS)

    @property
    def grave(self) -> list[Finding]:
        """The errors and warnings among the findings."""
        return [found for found in self.findings if found.kind.is_grave]


def records_in_errors(findings: Iterable[Finding], kinds: Collection[FindingType]) -> Set[RecordName]:
    """The records that errors of some types name."""
    return records_named(found for found in findings if found.kind.severity == "error" and found.kind in kinds)


def records_named(findings: Iterable[Finding]) -> Set[RecordName]:
    """The records that findings name."""
    return {
        RecordName(found.record_kind, record_id)
        for found in findings
        for record_id in found.record_ids or (found.record_id,)
        if record_id and found.record_kind
    }


def records_differing(sandbox: Sandbox, replica: Any) -> Set[RecordName]:
    """The records of which an audit says that a replica, as `SyncClient.replica` returns it, differs for good."""
    bodies = [{"replica": each.pop("records"), **each} for each in replica_arguments(replica) or ()]
    found = [finding for each in bodies for finding in sandbox.audit(replica_of(each)).differences]
    return records_named(each for each in found if each.kind.is_grave)


def run_trial(
    scenario: Scenario,
    without: Set[Safeguard] = frozenset(),
    *,
    aurinko: bool = False,
    design: str = "delta",
    matching: bool = False,
    calendars: bool = False,
    max_requests: int = MAX_TRIAL_REQUESTS,
    compared: bool = False,
) -> TrialResult:
    """Play a scenario with a client as `mockcrm trial` does, and listen on the wire between the client and the CRM.

    `compared` has another audit compare the client's replica with the CRM at the end.
    """
    sandboxes = Sandboxes(scenario)
    app, sandbox = create_app(sandboxes), sandboxes.get("default")
    wiretap = Wiretap(in_process(app), sandbox)
    kept: dict[str, Any] = {"matching": matching, "calendars": calendars}
    client = client_of(sandbox, wiretap, without, aurinko=aurinko, design=design, **kept)
    hazard = Hazard(scenario.title, own_document=scenario.run.raw if scenario.run else {})
    trial = Play(connect(app), hazard, QUIET_SYNCS, max_requests).with_client(client)
    (account,) = sandbox.audit().clients
    return TrialResult(
        out_of_sync=records_out_of_sync(sandbox, client.replica(), calendars=calendars),
        harm=harm_done(wiretap),
        findings=tuple(account.findings),
        failures=tuple(each.problem for each in trial.syncs if each.end != "done"),
        unmet=() if trial.outcome == "passed" else tuple(dict.fromkeys((*trial.reasons, *trial.failures))),
        differing=records_differing(sandbox, client.replica()) if compared else frozenset(),
        kinds=frozenset(account.kinds),
    )


def client_of(
    sandbox: Sandbox,
    send: Send,
    without: Set[Safeguard] = frozenset(),
    *,
    aurinko: bool = False,
    design: str = "delta",
    probes: bool = False,
    matching: bool = False,
    calendars: bool = False,
) -> ReferenceClient:
    """A client of a sandbox, by whose clock it lives. When it waits, that clock moves, and no real time passes."""
    return ReferenceClient(
        send,
        without=without,
        design=design,
        aurinko=aurinko,
        probes=probes,
        matching=matching,
        calendars=calendars,
        wait=partial(_pass_time, sandbox),
        clock=partial(_time_of, sandbox),
    )


def _time_of(sandbox: Sandbox) -> datetime:
    with sandbox.open() as state:
        return state.crm.clock.now()


def _pass_time(sandbox: Sandbox, seconds: float) -> None:
    sandbox.perform(read_actions([{"advance": {"by": f"{int(seconds * 1000)}ms"}}]), COLLEAGUE)
