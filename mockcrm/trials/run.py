"""Runs a scenario with a client: what the client lost in the end, the harm it did, and what the audit reports."""

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from mockcrm.audit.finding_type import FindingType
from mockcrm.audit.findings import Finding
from mockcrm.audit.reading_findings import READING_FINDINGS
from mockcrm.audit.writing_findings import WRITING_FINDINGS
from mockcrm.client.transport import Send, in_process
from mockcrm.crm.fake_crm import COLLEAGUE
from mockcrm.reference_client.aurinko import Aurinko
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.crm_api import GaveUp
from mockcrm.reference_client.mailbox import MemoryMailbox
from mockcrm.reference_client.normalize import entry_from_event
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.windowed import WindowReader
from mockcrm.reference_client.windows import ReadWindow
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.trials.oracle import Harm, events_out_of_sync, harm_done
from mockcrm.trials.wiretap import Stalled, Wiretap
from mockcrm.web.app import create_app

QUIET_SYNCS = 4
"""How often a client syncs after the scenario's end: often enough for a feedback loop to show."""


class SyncClient(Protocol):
    """A client that syncs, and can show its replica."""

    def sync(self) -> None: ...

    def replica(self) -> Mapping[str, Mapping[str, Any]]: ...


@dataclass(frozen=True)
class TrialResult:
    """The end of a trial.

    `out_of_sync` are the ids of events that the client's replica has wrong, `harm` is what the client did in the CRM,
    `findings` is what the audit reports, `failures` are the reasons why syncs gave up or were stopped, and `unmet` is
    what kept the scenario from passing.
    """

    out_of_sync: Set[str]
    harm: Set[Harm]
    findings: tuple[Finding, ...]
    failures: tuple[str, ...]
    unmet: tuple[str, ...]

    @property
    def harmed(self) -> Set[str]:
        return {harm.event_id for harm in self.harm}

    @property
    def reported_lost(self) -> Set[str]:
        """The events that the client missed, according to the audit's errors."""
        return events_in_errors(self.findings, READING_FINDINGS)

    @property
    def reported_harmed(self) -> Set[str]:
        """The events that the client harmed, according to the audit's errors."""
        return events_in_errors(self.findings, WRITING_FINDINGS)

    @property
    def grave(self) -> list[Finding]:
        """The errors and warnings among the findings."""
        return [found for found in self.findings if found.kind.is_grave]


def events_in_errors(findings: Iterable[Finding], kinds: Collection[FindingType]) -> Set[str]:
    """The ids of the events that errors of some types name."""
    return events_named(found for found in findings if found.kind.severity == "error" and found.kind in kinds)


def events_named(findings: Iterable[Finding]) -> Set[str]:
    """The ids of the events that findings name."""
    return {event_id for found in findings for event_id in found.event_ids or (found.event_id,) if event_id}


def run_trial(
    scenario: Scenario, without: Set[Safeguard] = frozenset(), *, aurinko: bool = False, design: str = "delta"
) -> TrialResult:
    """Run a scenario with a client, and let the client sync some more times after its end."""
    sandboxes = Sandboxes(scenario)
    sandbox = sandboxes.get("default")
    wiretap = Wiretap(in_process(create_app(sandboxes)), sandbox)
    mailbox = MemoryMailbox()
    client = client_of(sandbox, wiretap, mailbox, without, aurinko=aurinko, design=design)
    names: dict[str, str] = {}
    failures: list[str] = []
    while not (sync_round := sandbox.next_round()[0]).done:
        apply_mailbox_steps(mailbox, sync_round.mailbox, names)
        failures += _watched_sync(client, wiretap)
    end = sandbox.verdict()
    why = dict.fromkeys((*end.judgement.reasons, *end.failures))
    unmet = () if end.judgement.verdict == "passed" else tuple(why)
    for _ in range(QUIET_SYNCS):
        pass_time(sandbox, 60)
        failures += _watched_sync(client, wiretap)
    (account,) = sandbox.audit().clients
    out_of_sync = events_out_of_sync(sandbox, client.replica(), window_of(client))
    return TrialResult(out_of_sync, harm_done(wiretap), tuple(account.findings), tuple(failures), unmet)


def make_client(
    send: Send,
    mailbox: MemoryMailbox,
    wait: Callable[[float], object],
    without: Set[Safeguard] = frozenset(),
    *,
    two_streams: bool,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    aurinko: bool = False,
    design: str = "delta",
    probes: bool = False,
) -> Client | Aurinko:
    """A client that sends with `send`, waits a number of seconds with `wait`, and can always get new credentials.

    `clock`, `design` and `probes` are as `Client` has them.
    """
    if aurinko:
        return Aurinko(send, two_streams=two_streams, wait=wait)
    tokens = (f"Bearer token-{number}" for number in itertools.count(1))
    client = Client(
        send,
        mailbox,
        without=without,
        two_streams=two_streams,
        wait=wait,
        clock=clock,
        credentials=lambda: next(tokens),
        design=design,
        probes=probes,
    )
    client.headers["Authorization"] = "Bearer token-0"
    return client


def client_of(
    sandbox: Sandbox,
    send: Send,
    mailbox: MemoryMailbox,
    without: Set[Safeguard] = frozenset(),
    *,
    aurinko: bool = False,
    design: str = "delta",
    probes: bool = False,
) -> Client | Aurinko:
    """A client of a sandbox, by whose clock it lives. When it waits, that clock moves, and no real time passes."""
    with sandbox.open() as state:
        two_streams = state.crm.dialect.deletions == "endpoint"
    wait, clock = partial(pass_time, sandbox), partial(time_of, sandbox)
    return make_client(
        send,
        mailbox,
        wait,
        without,
        two_streams=two_streams,
        clock=clock,
        aurinko=aurinko,
        design=design,
        probes=probes,
    )


def window_of(client: Client | Aurinko) -> ReadWindow | None:
    """The interval that a client covers; None if it covers all time."""
    return client.reader.window if isinstance(client, Client) and isinstance(client.reader, WindowReader) else None


def time_of(sandbox: Sandbox) -> datetime:
    """What a sandbox's clock says."""
    with sandbox.open() as state:
        return state.crm.clock.now()


def pass_time(sandbox: Sandbox, seconds: float) -> None:
    """Advance a sandbox's clock."""
    sandbox.perform(read_actions([{"advance": {"by": f"{int(seconds * 1000)}ms"}}]), COLLEAGUE)


def apply_mailbox_steps(mailbox: MemoryMailbox, steps: Iterable[Mapping[str, Any]], names: dict[str, str]) -> None:
    """Carry out a scenario's `mailbox` steps, which have the CRM's field names.

    `names` maps the names that the scenario gives to new entries to their ids.
    """
    for step in steps:
        ((verb, arguments),) = step.items()
        if verb == "create":
            names[arguments.get("as", "")] = mailbox.create(entry_from_event(arguments["set"])).id
            continue
        created = mailbox.items.get(names.get(arguments["event"], ""))
        for item in [created] if created else mailbox.entries_of(arguments.get("id", "")):
            if verb == "edit":
                all_day = {"allDay": item.content.get("allDay", False)}
                mailbox.edit(item.id, entry_from_event({**all_day, **arguments["set"]}))
            else:
                mailbox.delete(item.id)


def try_sync(client: SyncClient) -> list[str]:
    """Have a client sync; the reason why it gave up, if it did."""
    try:
        client.sync()
    except (GaveUp, Stalled) as error:
        return [str(error)]
    return []


def _watched_sync(client: SyncClient, wiretap: Wiretap) -> list[str]:
    """The same, and the sync is stopped if it does not end."""
    wiretap.begin_sync()
    return try_sync(client)
