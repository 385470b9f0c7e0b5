"""A client's request, served: what it meets, what it is given, and what its entry in the journal keeps of that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mockcrm.base.times import floor_to
from mockcrm.crm.actions import Result
from mockcrm.crm.content import named_fields
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.event import Change
from mockcrm.crm.fake_crm import COLLEAGUE, Cause
from mockcrm.crm.lagging import lagging
from mockcrm.crm.lists.page import Page
from mockcrm.crm.lists.pages import ListName, read_page
from mockcrm.errors import EventDeleted, Refusal
from mockcrm.faults.plan import FaultContext, Plan, When
from mockcrm.journal.journal import ANYBODY, Entry, Journal
from mockcrm.journal.matcher import Reading
from mockcrm.sandbox.allowance import Allowance
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.state import State


@dataclass(slots=True)
class Call:
    """A request to the CRM: its entry in the journal, how the CRM spoke when it came, and what faults make of it.

    All that faults do in the CRM for its sake shares one `allowance`.

    Whatever has to reach the CRM raises `Overtaken` once the journal is not the sandbox's any more.
    """

    sandbox: Sandbox
    journal: Journal
    entry: Entry
    dialect: Dialect
    plan: Plan | None = None
    allowance: Allowance = field(default_factory=Allowance)

    @property
    def request_id(self) -> str:
        return str(self.entry.number)

    def page(self, kind: ListName, parameters: Mapping[str, Any]) -> Page:
        """One page of a list: what faults make of it, noted in the journal. Raises a `Refusal`."""
        lag, transform_page = (self.plan.lag, self.plan.transform_page) if self.plan else (None, None)
        tokens = self._tokens() if transform_page else []
        with self.sandbox.open_at("worked", self.journal) as state:
            crm = state.crm
            self.entry.look(crm.store, state.ran_until)
            seen = lagging(crm, lag) if lag else crm
            page = read_page(seen, self.sandbox.lineage, kind, parameters, self.request_id, crm.clock.now())
            if lag and lag.tells_now:
                page = replace(page, as_of=floor_to(crm.clock.now(), crm.dialect.grain))
            if transform_page:
                page = transform_page(page, tokens)
            self.entry.show_page(page)
            return page

    def _tokens(self) -> list[str]:
        """The page tokens that the walk has sent so far, the request's own last."""
        entries = self.sandbox.journal.entries()
        sent = [each.query.get("pageToken") for each in entries if each.walk == self.entry.walk]
        return [token for token in sent if token]

    def version(self, event_id: str) -> tuple[Change, Dialect]:
        """The event that is read by id, noted in the journal. Raises a `Refusal`."""
        lag = self.plan.lag if self.plan else None
        with self.sandbox.open_at("worked", self.journal) as state:
            crm = state.crm
            self.entry.look(crm.store, state.ran_until)
            seen = lagging(crm, lag) if lag else crm
            change = seen.find(event_id)
            # Whoever is told that an event was deleted knows its last version.
            self.entry.delivered = (change,)
            return (seen.living(event_id, "client") if change.deleted else change), crm.dialect

    def write(self, verb: Callable[..., Result], **arguments: Any) -> tuple[Change, Dialect]:
        """The version that is written, noted in the journal. Raises a `Refusal`."""
        entry, draft = self.entry, arguments.get("content")
        by = None if entry.client == ANYBODY else entry.client
        with self.sandbox.open_at("worked", self.journal) as state:
            crm = state.crm
            entry.look(crm.store, state.ran_until)
            try:
                change = verb(crm, Cause("client", self.request_id, by), **arguments).change
            except EventDeleted:
                entry.delivered = (crm.find(arguments["event"]),)
                raise
            entry.delivered, entry.bare = (change,), not (change.deleted or crm.dialect.shows_writes)
            entry.committed = change if change.seq > entry.seen else None
            entry.named = named_fields(draft and draft.body, change)
            return change, crm.dialect

    def run_after_actions(self) -> None:
        """Do what faults have happen in the CRM after the request."""
        if self.plan and self.plan.actions["after"]:
            with self.sandbox.open_at("followed", self.journal) as state:
                self.entry.followed = state.ran_until
                _run_fault_actions(state, self.plan, "after", self.allowance)


def admit(sandbox: Sandbox, journal: Journal, entry: Entry, credentials: str | None, read: Callable[[], bytes]) -> Call:
    """What becomes of a request that was entered in the journal.

    What faults have happen in the CRM before it is done here. `credentials` tell callers apart, whoever they are;
    `read` gives the request's body, which is not waited for where nothing depends on it. Raises `Overtaken`.
    """
    state = sandbox.state
    if not state.agenda and not state.faults:
        # Nothing can fall due that would change dialect or faults, so nobody need wait for the lock.
        return Call(sandbox, journal, entry, state.crm.dialect)
    entry.body = read()
    with sandbox.open_at("admitted", journal) as state:
        entry.admitted = state.ran_until
        if not state.faults:
            return Call(sandbox, journal, entry, state.crm.dialect)
        plan = state.faults.decide(FaultContext(Reading(entry), state.crm.clock.now(), entry.began, credentials))
        allowance = Allowance()
        _run_fault_actions(state, plan, "before", allowance)
        return Call(sandbox, journal, entry, state.crm.dialect, plan if plan.struck else None, allowance)


def _run_fault_actions(state: State, plan: Plan, when: When, allowance: Allowance) -> None:
    """Do what the plan has happen in the CRM before or after its request; what is refused is noted."""
    for struck, steps in plan.actions[when]:
        try:
            with state.bounded(allowance):
                state.perform(steps, COLLEAGUE)
        except Refusal as refusal:
            at = plan.struck.index(struck)
            plan.struck[at] = replace(struck, problem=refusal.message)
