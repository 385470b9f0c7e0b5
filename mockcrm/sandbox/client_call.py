"""A client's request while it is served: what faults do to it, what the CRM answers, what the journal notes of it."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import floor_to
from mockcrm.crm.actions import Result
from mockcrm.crm.change import Change
from mockcrm.crm.content import named_fields
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.fake_crm import COLLEAGUE, Cause
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.lagging import lagging
from mockcrm.crm.lists.cursor import ListName
from mockcrm.crm.lists.page import Page
from mockcrm.crm.lists.pages import read_page
from mockcrm.crm.merging import points_on, remaining
from mockcrm.crm.store import LinkNames
from mockcrm.errors import PageTokenInvalid, RecordDeleted, Refusal
from mockcrm.faults.plan import FaultContext, Plan, When
from mockcrm.journal.entry import ANYBODY, Entry
from mockcrm.journal.journal import Journal
from mockcrm.journal.matcher import Reading
from mockcrm.sandbox.allowance import Allowance
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.state import State


@dataclass(slots=True)
class Call:
    """A client's request: its entry in the journal, the dialect when it came, and the plan of its faults.

    All actions of its faults share one `allowance`. Whatever has to reach the CRM raises `Overtaken` once the sandbox
    has another journal.
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

    def page(self, name: ListName, parameters: Mapping[str, Any]) -> Page:
        """One page of a list, as faults alter it. The journal notes it. Raises a `Refusal`."""
        lag, transform_page = (self.plan.lag, self.plan.transform_page) if self.plan else (None, None)
        tokens = self._tokens() if transform_page else []
        with self.sandbox.open_for(self.entry, "worked", self.journal) as state:
            crm = state.crm
            self.entry.note_visible(crm.store)
            seen = lagging(crm, lag) if lag else crm
            try:
                page = read_page(seen, self.sandbox.lineage, name, parameters, self.request_id, crm.clock.now())
            except PageTokenInvalid as refusal:
                self.entry.changed_parameters = refusal.changed
                raise
            if lag and lag.as_of_now:
                page = replace(page, as_of=floor_to(crm.clock.now(), crm.dialect.grain))
            if transform_page:
                page = transform_page(page, tokens)
            self.entry.note_page(page)
            return page

    def _tokens(self) -> list[str]:
        """The page tokens that this paged read has sent so far, the newest last."""
        entries = self.sandbox.journal.entries()
        sent = [each.parameter("pageToken") for each in entries if each.read == self.entry.read]
        return [token for token in sent if token]

    def version(self, kind: Kind, record_id: str, calendar: str | None = None) -> tuple[Change, Dialect, LinkNames]:
        """A record that is read by its id, with the names of its links. The journal notes it. Raises a `Refusal`.

        An event is read in a calendar, by default in the primary.
        """
        lag = self.plan.lag if self.plan else None
        with self.sandbox.open_for(self.entry, "worked", self.journal) as state:
            crm = state.crm
            self.entry.note_visible(crm.store)
            seen = lagging(crm, lag) if lag else crm
            within = seen.calendar(calendar) if kind.in_calendars else None
            change = remaining(seen, seen.find(kind, seen.meant(kind, record_id), within))
            # A client that learns that a record is deleted knows its last version.
            self.entry.delivered = (change,)
            if change.deleted and not points_on(change, crm.dialect):
                seen.living(kind, change.record.id, "client", within)
            return change, crm.dialect, seen.store.link_names

    def write(
        self, verb: Callable[..., Result], calendar: str | None = None, **arguments: Any
    ) -> tuple[Change, Dialect]:
        """The version that is written, of an event in a calendar as in `version`. The journal notes it.

        Raises a `Refusal`.
        """
        entry, draft = self.entry, arguments.get("content")
        kind = draft.kind if draft else arguments.get("kind", EVENT)
        by = None if entry.client == ANYBODY else entry.client
        with self.sandbox.open_for(self.entry, "worked", self.journal) as state:
            crm = state.crm
            entry.note_visible(crm.store)
            within = crm.calendar(calendar) if kind.in_calendars else None
            try:
                result = verb(crm, Cause("client", self.request_id, by), calendar=within, **arguments)
            except RecordDeleted:
                entry.delivered = (crm.find(kind, crm.meant(kind, arguments["record"]), within),)
                raise
            change = result.change
            entry.delivered, entry.id_only = (change,), not (change.deleted or crm.dialect.shows_writes)
            if change.seq > entry.seen:
                entry.committed = change
                entry.consequences = tuple(each for each in result.changes if each is not change)
            entry.named_fields = named_fields(draft and draft.body, change)
            return change, crm.dialect

    def run_after_actions(self) -> None:
        """Perform the actions of faults that come after the request."""
        if self.plan and self.plan.actions["after"]:
            with self.sandbox.open_for(self.entry, "followed", self.journal) as state:
                _run_fault_actions(state, self.plan, "after", self.allowance)


def admit(
    sandbox: Sandbox, journal: Journal, entry: Entry, credentials: str | None, read: Callable[[], bytes | None]
) -> Call:
    """Serve a request that was entered in the journal: fault rules decide, and their actions before it are performed.

    `credentials` is a hash that tells clients apart. `read` gives the request's body, as `Entry.note_body` takes it;
    nobody waits for the body where nothing depends on it. Raises `Overtaken`.
    """
    state = sandbox.state
    if not state.agenda and not state.faults.concerned(entry.operation):
        # Nothing can fall due that would change dialect or faults, and no rule looks at it: no need for the lock.
        return Call(sandbox, journal, entry, state.crm.dialect)
    if not entry.body_read:
        journal.note_body(entry, read())
    with sandbox.open_for(entry, "admitted", journal) as state:
        if not state.faults:
            return Call(sandbox, journal, entry, state.crm.dialect)
        plan = state.faults.decide(FaultContext(Reading(entry), state.crm.clock.now(), entry.began, credentials))
        allowance = Allowance()
        _run_fault_actions(state, plan, "before", allowance)
        return Call(sandbox, journal, entry, state.crm.dialect, plan if plan.applied_faults else None, allowance)


def _run_fault_actions(state: State, plan: Plan, when: When, allowance: Allowance) -> None:
    """Perform the actions of a plan. A refusal is noted as the problem of its fault."""
    for applied, actions in plan.actions[when]:
        try:
            with state.bounded(allowance):
                state.perform(actions, COLLEAGUE)
        except Refusal as refusal:
            at = plan.applied_faults.index(applied)
            plan.applied_faults[at] = replace(applied, problem=refusal.message)
