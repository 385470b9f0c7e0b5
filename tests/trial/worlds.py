"""Worlds for trials: a CRM with a way of speaking, in which Hypothesis has things happen, go wrong, and be read."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from mockcrm import ClockSetting, Sandboxes, Scenario, create_app
from mockcrm.findings import Finding
from mockcrm.sandbox import Sandbox
from mockcrm.state import Cause
from mockcrm.times import parse_instant
from mockcrm.trial.client import GaveUp, Virtue
from mockcrm.trial.mailbox import Mailbox
from mockcrm.trial.playing import advance, client_of
from mockcrm.trial.transport import in_process
from mockcrm.trial.witness import Witness
from mockcrm.vocabulary import read_actions

Step = tuple[str, Mapping[str, Any]]

MONDAY = "2026-01-05T09:00:00Z"
CRM = Cause("crm")
LISTS = ["listEvents", "listDeletedEvents"]
TIMES = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}


@dataclass
class World:
    """A CRM, one client of it, and that client's mailbox. `log` says what happened, for whoever reads a failure."""

    dialect: Mapping[str, Any]
    without: Set[Virtue] = frozenset()
    aurinko: bool = False
    log: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        sandboxes = Sandboxes(Scenario(clock=ClockSetting(now=parse_instant(MONDAY), running=False)))
        self.sandbox: Sandbox = sandboxes.get("default")
        self.act({"dialect": dict(self.dialect)})
        self.witness = Witness(in_process(create_app(sandboxes)), self.sandbox)
        self.mailbox = Mailbox()
        self.client = client_of(self.sandbox, self.witness, self.mailbox, self.without, aurinko=self.aurinko)
        self.words = 0

    def act(self, *actions: Mapping[str, Any]) -> list[Any]:
        self.log.extend(actions)
        return self.sandbox.perform(read_actions([dict(action) for action in actions]), CRM)

    def sync(self) -> None:
        self.log.append("sync")
        try:
            self.client.sync()
        except GaveUp as error:
            self.log.append(f"gave up: {error}")
        finally:
            self.witness.note_sync()

    def ids(self, *, deleted: bool) -> list[str]:
        with self.sandbox.open() as crm:
            newest = {change.event.id: change for change in crm.store.changes(0)}
        return [event_id for event_id, change in newest.items() if change.deleted is deleted]

    def fresh(self) -> dict[str, Any]:
        """Content that there was never before, so that every version says something else."""
        self.words += 1
        return {"subject": f"S{self.words}"}

    def take(self, step: Step) -> None:
        """Do a step, unless there is nothing to do it to.

        Where stamps are coarse nothing is touched: such a version may say the very same as the one before.
        """
        verb, told = step
        how = dict(told)
        number = how.pop("number", 0)
        match verb:
            case "create":
                self.act({"create": {"set": {**self.fresh(), **TIMES}, **how}})
            case "edit" | "delete" | "restore" | "touch":
                ids = self.ids(deleted=verb == "restore")
                if ids and not (verb == "touch" and "timestampPrecision" in self.dialect):
                    event = ids[number % len(ids)]
                    target = {"events": [event]} if verb == "touch" else {"event": event}
                    self.act({verb: {**target, **how, **({"set": self.fresh()} if verb == "edit" else {})}})
            case "advance":
                self.act({"advance": how})
            case "fault":
                self.act({"fault": how})
            case "meanwhile":
                self.meanwhile(number, how["page"], how["what"])
            case "sync":
                self.sync()
            case "user":
                self.use_mailbox(number, how["what"])

    def meanwhile(self, number: int, page: int, what: str) -> None:
        """Have something happen just before some page is read."""
        ids = self.ids(deleted=False)
        actions: list[Any] = [{"create": {"set": {**self.fresh(), **TIMES}}}]
        if what != "create" and ids:
            event = ids[number % len(ids)]
            actions = [{what: {"event": event, **({"set": self.fresh()} if what == "edit" else {})}}]
        match = {"operation": LISTS, "page": page}
        self.act({"fault": {"match": match, "effect": {"do": {"actions": actions}}, "times": 1}})

    def use_mailbox(self, number: int, what: str) -> None:
        self.log.append(f"user: {what}")
        items = list(self.mailbox.items)
        if what == "create" or not items:
            self.mailbox.create({**self.fresh(), **TIMES})
        elif what == "edit":
            self.mailbox.edit(items[number % len(items)], self.fresh())
        else:
            self.mailbox.delete(items[number % len(items)])

    def settle(self, minutes: int = 10, times: int = 3) -> None:
        """Let all go well, and time enough pass, and sync."""
        self.act({"clearFaults": {}})
        for _ in range(times):
            advance(self.sandbox, 60 * minutes)
            self.sync()

    def findings(self) -> Sequence[Finding]:
        accounts = self.sandbox.audit().accounts
        return accounts[0].findings if accounts else ()

    def deleted_twice(self) -> set[str]:
        """The events that were deleted more than once."""
        with self.sandbox.open() as crm:
            deletions = Counter(change.event.id for change in crm.store.changes() if change.deleted)
        return {event_id for event_id, count in deletions.items() if count > 1}

    def was_told_a_false_absence(self) -> bool:
        """Whether a list of everything said what is not so once the client had something to lose."""
        had = False
        for entry in self.sandbox.journal.entries():
            page = entry.page_answer
            lied = {"emptyList", "shortPage", "repeatToken"} & {each.effect for each in entry.struck}
            if had and page and page.query.since is None and page.query.kinds != "dead" and lied:
                return True
            had = had or bool(entry.delivered)
        return False

    def is_in_mid_walk(self) -> bool:
        """Whether the last page that the client asked for was not the last of its walk."""
        last = {entry.path: entry.page_answer for entry in self.sandbox.journal.entries() if entry.page_answer}
        return any(page.next_token for page in last.values())


# What is drawn

numbers = st.integers(0, 7)


def dialects(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Ways of speaking that matter for reading."""
    return st.fixed_dictionaries(
        {},
        optional={
            "since": st.just("exclusive"),
            "pageSize": st.integers(1, 3),
            "paging": st.sampled_from(["offset", "snapshot"]),
            "timestampPrecision": st.just("second"),
            "indexLag": st.sampled_from(["1s", "1m"]),
            "deletions": st.sampled_from(["inline", "endpoint"]),
            "tombstoneRetention": st.just("30m"),
            **more,
        },
    )


def steps(effects: list[Any], *, unbumped: bool = True, user: bool = False) -> st.SearchStrategy[list[Step]]:
    """What happens, in the CRM and on the way to it, and the syncs in between."""
    late = st.sampled_from(["1s", "1m", "4m"])
    stamp = st.sampled_from(["-1s", "-1m", "-3m"])
    how = st.fixed_dictionaries({"number": numbers}, optional={"visibleAfter": late, "stamp": stamp})
    plain = st.fixed_dictionaries({"number": numbers}, optional={"visibleAfter": late})
    edits = how | plain.map(lambda told: {**told, "bump": False}) if unbumped else how
    pages = st.fixed_dictionaries({}, optional={"page": st.integers(1, 3)})
    faults = st.builds(
        lambda match, effect, times: {"match": {"operation": LISTS, **match}, "effect": effect, "times": times},
        pages,
        st.sampled_from(effects),
        st.integers(1, 3),
    )
    meanwhile = st.fixed_dictionaries(
        {"number": numbers, "page": st.integers(1, 3), "what": st.sampled_from(["create", "edit", "delete"])}
    )
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "create": how,
        "edit": edits,
        "delete": how,
        "restore": plain,
        "touch": how,
        "advance": st.fixed_dictionaries({"by": st.sampled_from(["1s", "1m", "6m", "45m"])}),
        "fault": faults,
        "meanwhile": meanwhile,
        "sync": st.just({}),
    }
    if user:
        kinds["user"] = st.fixed_dictionaries(
            {"number": numbers, "what": st.sampled_from(["create", "edit", "delete"])}
        )
    weighted = [*kinds, "edit", "edit", "create", "delete", "sync", "sync", "sync", "sync"]
    step = st.sampled_from(weighted).flatmap(lambda verb: kinds[verb].map(lambda told: (verb, told)))
    return st.lists(step, min_size=5, max_size=25)


HARMLESS: list[Any] = [
    {"status": 500},
    {"status": {"status": 503, "when": "after"}},
    {"status": {"status": 503, "headers": {"Retry-After": "7"}}},
    "disconnect",
    {"disconnect": {"when": "after"}},
    "truncate",
    {"truncate": {"contentLength": "cut"}},
    "malformed",
    "html",
    "emptyPage",
    "repeatPage",
    {"rateLimit": {"requests": 1, "per": "1m"}},
    {"rateLimit": {"requests": 0, "per": "10s", "retryAfter": "date"}},
    {"delay": "0ms"},
]
"""What goes wrong on the way, and can be noticed or does not matter."""

LIES: list[Any] = ["shortPage", {"shortPage": 0}, "emptyList", {"repeatToken": 1}]
"""Answers that say what is not so."""
