"""A sandbox and its clients, without HTTP, for tests of the audit."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from mockcrm.audit.findings import Finding
from mockcrm.crm import actions
from mockcrm.crm.actions import Result
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.drafts import Draft
from mockcrm.crm.fake_crm import Cause
from mockcrm.crm.kinds.events import EVENT
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists.cursor import ListName
from mockcrm.crm.rendering import tagged
from mockcrm.errors import RecordDeleted
from mockcrm.journal.entry import Entry
from mockcrm.journal.operations import OPERATIONS_OF
from mockcrm.sandbox.action_schemas import read_actions
from mockcrm.sandbox.client_call import Call
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.sandbox.scenario.scenario import Scenario

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TIMES = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}


VERBS = {"GET": "get", "POST": "create", "PATCH": "update", "PUT": "replace", "DELETE": "delete"}


class Crm:
    """A sandbox with its clients: `read` is one client's request for a list, `act` what colleagues do.

    All records are of one `kind`, unless another one is chosen by `switch`.
    """

    def __init__(self, kind: str = "event", **options: Any) -> None:
        self.kind = KINDS[kind]
        self.sandbox: Sandbox = Sandboxes(Scenario(clock=ClockSetting(MONDAY, running=False)), **options).get("default")
        self._names = (f"event{number}" for number in itertools.count(1))

    def act(self, *payload: Any) -> None:
        self.sandbox.perform(read_actions(list(payload)), Cause("crm"))

    def create(self, fields: Any = None, **modifiers: Any) -> str:
        name = next(self._names)
        content = {**self.content(name), **(fields or {})}
        self.act({"create": {"kind": self.kind.name, "set": content, "key": name, **modifiers}})
        return name

    def content(self, name: str) -> dict[str, Any]:
        """The fields of a new record that people call by this name."""
        if self.kind is EVENT:
            return {"subject": name, **TIMES}
        return {**self.kind.sample, self.edited: name}

    @property
    def edited(self) -> str:
        """The field that is edited."""
        return "location" if self.kind is EVENT else next(iter(self.kind.sample))

    def edit(self, name: str, fields: Any = None, **modifiers: Any) -> None:
        changed = fields or {self.edited: "Room Turing"}
        self.act({"edit": {"kind": self.kind.name, "record": name, "set": changed, **modifiers}})

    def delete(self, name: str, **modifiers: Any) -> None:
        self.act({"delete": {"kind": self.kind.name, "record": name, **modifiers}})

    def switch(self, kind: str) -> "Crm":
        """The same sandbox, from now on with records of another kind."""
        self.kind = KINDS[kind]
        return self

    def wait(self, minutes: int) -> None:
        self.act({"advance": {"by": f"{minutes}m"}})

    def read(self, client: str = "client", kind: Any = "events", whole: bool = True, **parameters: Any) -> str:
        """One page, as a request would get it; what it says of the next bound."""
        operations = OPERATIONS_OF[self.kind.name]
        operation = operations.list if kind == "events" else operations.list_deleted
        name = ListName(self.kind, "records" if kind == "events" else "deleted")
        now = self.sandbox.clock_reading()
        asked = "&".join(f"{name}={value}" for name, value in parameters.items() if name == "limit")
        path = f"/api/v1/{name}"
        entry = Entry(client, "GET", path, operation, self.kind.name, None, None, asked, {}, now, 0.0)
        self.sandbox.journal.open(entry)
        page = Call(self.sandbox, self.sandbox.journal, entry, PLAIN).page(name, parameters)
        entry.whole = whole
        self.sandbox.journal.close(entry, 200, self.sandbox.clock_reading())
        entry.final = True
        self.token, self.changes = page.next_token, page.changes
        return page.as_of.isoformat()

    def look(self, event: str, client: str = "client") -> None:
        """A read by id."""
        entry = self.begin(client, "GET", event)
        self.fetch(entry, event)
        self.end(entry)

    def fetch(self, entry: Entry, event: str) -> None:
        """What a request that has arrived reads by id."""
        Call(self.sandbox, self.sandbox.journal, entry, PLAIN).version(self.kind, self.id_of(event))

    def write(
        self,
        method: str,
        event: str = "",
        payload: Any = None,
        *,
        client: str = "client",
        tag: int = 0,
        answer: int | None = 200,
    ) -> str:
        """A write as a request makes it; `tag` is the version that If-Match names, `answer` the status that arrives.

        The id of the event.
        """
        entry = self.begin(client, method, event, payload, tag)
        changed = self.do(entry, event, payload)
        self.end(entry, answer)
        return changed

    def begin(self, client: str, method: str, event: str = "", payload: Any = None, tag: int = 0) -> Entry:
        """A request that has arrived."""
        event_id = self.id_of(event) if event else None
        path = f"/api/v1/{self.kind.path}{f'/{event_id}' if event else ''}"
        with self.sandbox.open() as state:
            versions = [
                change for change in state.crm.store.changes() if (change.record.id, change.version) == (event_id, tag)
            ]
        headers = {"HTTP_IF_MATCH": f'"{tagged(versions[0])}"'} if tag else {}
        operation = f"{VERBS[method]}{self.kind.title}"
        now = self.sandbox.clock_reading()
        entry = Entry(client, method, path, operation, self.kind.name, event_id, None, "", headers, now, 0.0)
        entry.body = orjson.dumps(payload)
        self.sandbox.journal.open(entry)
        return entry

    def do(self, entry: Entry, event: str, payload: Any) -> str:
        verbs: dict[str, Callable[..., Result]] = {
            "POST": actions.create,
            "PATCH": actions.edit,
            "PUT": actions.edit,
            "DELETE": actions.delete,
        }
        arguments: dict[str, Any] = {"record": self.id_of(event)} if event else {}
        if payload is not None:
            arguments["content"] = Draft(payload, PLAIN, partial=entry.method == "PATCH", kind=self.kind)
        elif event:
            arguments["kind"] = self.kind
        try:
            change, _ = Call(self.sandbox, self.sandbox.journal, entry, PLAIN).write(verbs[entry.method], **arguments)
        except RecordDeleted as refusal:
            entry.code = refusal.code
            return ""
        return change.record.id

    def end(self, entry: Entry, answer: int | None = 200) -> None:
        """The request's answer leaves, or none does."""
        entry.whole = answer == 200
        self.sandbox.journal.close(entry, 404 if entry.code else answer, self.sandbox.clock_reading())
        entry.final = True

    def id_of(self, event: str) -> str:
        with self.sandbox.open() as state:
            return state.crm.resolve(self.kind, event)

    def findings(self, client: str = "client") -> list[Finding]:
        (account,) = [each for each in self.sandbox.audit().clients if each.client == client]
        self.pending = account.pending
        return account.findings

    def codes(self, client: str = "client") -> list[str]:
        return [found.kind.code for found in self.findings(client)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
