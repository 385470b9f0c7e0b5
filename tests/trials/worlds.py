"""Worlds for trials: a CRM with a way of speaking, in which Hypothesis has things happen, go wrong, and be read."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from mockcrm import ClockSetting, Sandboxes, Scenario, create_app
from mockcrm.audit.findings import Finding
from mockcrm.base.times import parse_instant
from mockcrm.client.transport import in_process
from mockcrm.crm.fake_crm import Cause
from mockcrm.journal.operations import OF_EVENTS
from mockcrm.reference_client.crm_api import GaveUp
from mockcrm.reference_client.mailbox import MailboxEntry
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.trials.random_scenarios import TRIAL_START, new_contents
from mockcrm.trials.run import client_of
from mockcrm.trials.wiretap import Wiretap

Step = tuple[str, Mapping[str, Any]]

CRM = Cause("crm")
TIMES = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}


NO_MORE: Mapping[str, Any] = MappingProxyType({})
MISHAPS = ("clash", "race", "lost", "forgotten")


@dataclass
class World:
    """A CRM, one client of it, and that client's mailbox. `log` says what happened, for whoever reads a failure."""

    dialect: Mapping[str, Any]
    without: Set[Safeguard] = frozenset()
    aurinko: bool = False
    design: str = "delta"
    probes: bool = False
    matching: bool = False
    calendars: bool = False
    log: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        sandboxes = Sandboxes(Scenario(clock=ClockSetting(now=parse_instant(TRIAL_START), running=False)))
        self.sandbox: Sandbox = sandboxes.get("default")
        self.act({"dialect": dict(self.dialect)})
        self.wiretap = Wiretap(in_process(create_app(sandboxes)), self.sandbox)
        self.client = client_of(
            self.sandbox,
            self.wiretap,
            self.without,
            aurinko=self.aurinko,
            design=self.design,
            probes=self.probes,
            matching=self.matching,
            calendars=self.calendars,
        )
        self.mailbox = self.client.mailbox
        self.words = 0
        self.keys = self.entries = 0

    def act(self, *actions: Mapping[str, Any]) -> list[Any]:
        self.log.extend(actions)
        return self.sandbox.perform(read_actions([dict(action) for action in actions]), CRM)

    def sync(self) -> None:
        self.log.append("sync")
        try:
            self.client.sync()
        except GaveUp as error:
            self.log.append(f"gave up: {error}")

    def ids(self, *, deleted: bool) -> list[str]:
        with self.sandbox.open() as state:
            newest = {change.record.id: change for change in state.crm.store.changes(0)}
        return [event_id for event_id, change in newest.items() if change.deleted is deleted]

    def fresh(self, field: str = "subject") -> dict[str, Any]:
        self.words += 1
        number = self.words
        contents = {
            **new_contents(number),
            "attendees": {"attendees": [{"emailAddress": f"Guest{number}@acme.example"}, {"contactId": number}]},
            "times": {"allDay": False, **TIMES, "startTime": f"2026-01-06T08:{number % 60:02}:00Z"},
            "day": {"allDay": True, "startTime": "2026-02-01", "endTime": f"2026-03-{number % 31 + 1:02}"},
        }
        return contents[field]

    def name_of(self, event_id: str) -> str:
        """What a scenario calls an event: by its key, or by the name of the entry that the user made."""
        with self.sandbox.open() as state:
            keys = {known.id: key for key, known in state.crm.names.keys.items()}
        return keys.get(event_id, event_id)

    def take(self, step: Step) -> None:
        """Do a step, unless there is nothing to do it to."""
        verb, payload = step
        how = dict(payload)
        number, what, field = how.pop("number", 0), how.pop("what", ""), how.pop("field", "subject")
        match verb:
            case "create":
                self.act(self.creation(field, how))
            case "edit" | "delete" | "restore" | "touch":
                self.change(verb, number, field, how)
            case "meanwhile":
                self.meanwhile(number, what, field, **how)
            case "sync":
                self.sync()
            case "user":
                self.use_mailbox(number, what, field)
            case _ if verb in MISHAPS:
                self.happen(verb, number, field)
            case _:
                self.act({verb: how})

    def happen(self, mishap: str, number: int, field: str) -> None:
        """What seldom comes together by itself, and is what naive clients fall for."""
        match mishap:
            case "clash":
                self.change("edit", number, field)
                self.use_mailbox(number, "edit", field)
            case "race":
                self.meanwhile(number, "edit", field, operation="getEvent", when="after")
                self.use_mailbox(number, "edit", field)
            case "lost":
                effect = {"disconnect": {"when": "after"}}
                self.act({"fault": {"match": {"operation": "createEvent"}, "effect": effect, "times": 1}})
                self.use_mailbox(number, "create", field)
            case "forgotten":
                self.change("delete", number)
                self.act({"advance": {"by": "1d"}})

    def change(self, verb: str, number: int, field: str = "subject", how: Mapping[str, Any] = NO_MORE) -> None:
        """Have a colleague do something to an event, if there is one."""
        ids = self.ids(deleted=verb == "restore")
        if ids:
            event = self.name_of(ids[number % len(ids)])
            target = {"events": [event]} if verb == "touch" else {"event": event}
            self.act({verb: {**target, **({"set": self.fresh(field)} if verb == "edit" else {}), **how}})

    def creation(self, field: str = "subject", how: Mapping[str, Any] = NO_MORE) -> dict[str, Any]:
        self.keys += 1
        content = {**TIMES, **self.fresh(), **self.fresh(field)}
        return {"create": {"key": f"event{self.keys}", "set": content, **how}}

    def meanwhile(self, number: int, what: str, field: str, when: str = "before", **match: Any) -> None:
        """Have something happen just before or after some request."""
        ids = self.ids(deleted=False)
        action = self.creation(field)
        if what != "create" and ids:
            event = self.name_of(ids[number % len(ids)])
            action = {what: {"event": event, **({"set": self.fresh(field)} if what == "edit" else {})}}
        effect = {"do": {"actions": [action], "when": when}}
        self.act({"fault": {"match": {"operation": [*OF_EVENTS.lists], **match}, "effect": effect, "times": 1}})

    def use_mailbox(self, number: int, what: str, field: str = "subject") -> None:
        """Have the user do something in the mailbox, told as a scenario tells it."""
        items = list(self.mailbox.items.values())
        if what == "create" or not items:
            self.entries += 1
            self.tell_mailbox(
                {"create": {"as": f"entry{self.entries}", "set": {**TIMES, **self.fresh(), **self.fresh(field)}}}
            )
            return
        item = items[number % len(items)]
        names = {item_id: name for name, item_id in self.client.names.items()}
        event = names.get(item.id) or self.name_of(item.event_id or "")
        changes = self.fresh(field)
        if "attendees" in changes:
            changes["attendees"] = [*item.content.get("attendees", []), changes["attendees"][0]]
        self.tell_mailbox({what: {"event": event, **({"set": changes} if what == "edit" else {})}}, item)

    def tell_mailbox(self, payload: dict[str, Any], item: MailboxEntry | None = None) -> None:
        self.log.append({"mailbox": payload})
        ((verb, arguments),) = payload.items()
        known = {"id": item.event_id} if item and item.event_id else {}
        self.client.apply([{verb: {**arguments, **known}}])

    def settle(self, minutes: int = 10, times: int = 3) -> None:
        """Let all go well, and time enough pass, and sync."""
        self.act({"clearFaults": {}})
        for _ in range(times):
            self.act({"advance": {"by": f"{minutes}m"}})
            self.sync()

    def findings(self) -> Sequence[Finding]:
        return self.sandbox.audit().findings

    def was_told_a_false_absence(self) -> bool:
        """Whether a list of everything said what is not so once the client had something to lose."""
        had = False
        for entry in self.sandbox.journal.entries():
            page = entry.page_answer
            lied = {"emptyList", "shortPage", "repeatToken"} & {each.effect for each in entry.applied_faults}
            if had and page and page.query.since is None and page.query.includes_live and lied:
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


WORDS = ["subject", "wording", "location", "nowhere", "description", "attendees", "times", "day", "private"]


def writing_dialects() -> st.SearchStrategy[dict[str, Any]]:
    """Ways of speaking that matter for writing."""
    return st.fixed_dictionaries(
        {},
        optional={
            "updateVerbs": st.sampled_from(["put", "patch"]),
            "writeAnswer": st.sampled_from(["id", "nothing", "staleTag"]),
            "ifMatch": st.just("required"),
            "omittedFromLists": st.lists(st.sampled_from(["description", "attendees", "location"]), unique=True),
            "privateInLists": st.just("busy"),
            "normalization": st.lists(st.sampled_from(["trim", "lowerCaseAddresses", "crlf"]), unique=True),
            "deletedStatus": st.just(410),
            "timestampFormat": st.sampled_from(["+0000", "localOffset", "spaced", "epochMillis"]),
            "idForm": st.sampled_from(["beyond2to53", "guid"]),
            "relatedToShape": st.just("object"),
            "listShape": st.just("array"),
            "pageSize": st.integers(1, 3),
            "indexLag": st.sampled_from(["1s", "1m"]),
            "deletions": st.sampled_from(["inline", "endpoint"]),
            "tombstoneRetention": st.just("30m"),
            "expiredSince": st.just("silent"),
        },
    )


def writing_steps(least: int = 5) -> st.SearchStrategy[list[Step]]:
    """What a user and colleagues do at once, also between two requests of the client, and what goes wrong."""
    words = st.sampled_from(WORDS)
    acts = st.sampled_from(["create", "edit", "edit", "delete"])
    few = st.integers(0, 2)
    some = st.fixed_dictionaries({"number": few})
    said = st.fixed_dictionaries({"number": few, "field": words})
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "create": st.fixed_dictionaries({"field": words}),
        "edit": said,
        "delete": some,
        "restore": some,
        "advance": st.fixed_dictionaries({"by": st.sampled_from(["1s", "1m", "45m"])}),
        "user": st.fixed_dictionaries({"number": few, "what": acts, "field": words}),
        **dict.fromkeys(MISHAPS, said),
        "meanwhile": st.fixed_dictionaries(
            {
                "number": few,
                "what": st.sampled_from(["edit", "edit", "delete"]),
                "field": words,
                "operation": st.sampled_from(
                    ["getEvent", ["updateEvent", "replaceEvent"], "createEvent", "deleteEvent"]
                ),
                "when": st.sampled_from(["before", "after"]),
            }
        ),
        "fault": st.builds(
            lambda operation, effect, times: {"match": {"operation": operation}, "effect": effect, "times": times},
            st.sampled_from([[*OF_EVENTS.writes], "createEvent", "getEvent", [*OF_EVENTS.lists]]),
            st.sampled_from([effect for effect in HARMLESS if effect not in ("emptyPage", "repeatPage")]),
            st.integers(1, 3),
        ),
        "sync": st.just({}),
    }
    weighted = [*kinds, "user", "user", "user", "edit", "sync", "sync", "sync"]
    step = st.sampled_from(weighted).flatmap(lambda verb: kinds[verb].map(lambda payload: (verb, payload)))
    return st.lists(step, min_size=least, max_size=25)


def steps(effects: list[Any], *, unbumped: bool = True, user: bool = False) -> st.SearchStrategy[list[Step]]:
    """What happens, in the CRM and on the way to it, and the syncs in between."""
    late = st.sampled_from(["1s", "1m", "4m"])
    stamp = st.sampled_from(["-1s", "-1m", "-3m"])
    how = st.fixed_dictionaries({"number": numbers}, optional={"visibleAfter": late, "stamp": stamp})
    plain = st.fixed_dictionaries({"number": numbers}, optional={"visibleAfter": late})
    edits = how | plain.map(lambda payload: {**payload, "bump": False}) if unbumped else how
    pages = st.fixed_dictionaries({}, optional={"page": st.integers(1, 3)})
    faults = st.builds(
        lambda match, effect, times: {
            "match": {"operation": [*OF_EVENTS.lists], **match},
            "effect": effect,
            "times": times,
        },
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
    step = st.sampled_from(weighted).flatmap(lambda verb: kinds[verb].map(lambda payload: (verb, payload)))
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
