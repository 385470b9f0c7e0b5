"""Lets the reference client, whose mailbox is an object in memory, have a sandbox for its mailbox.

Before a sync, the bridge carries into the entries what people did in the sandbox; after it, it carries into the sandbox
what the sync did to the entries. Both sides may have changed since they last agreed: what a person changed is found by
comparison with what the bridge has last seen in the sandbox, and what the sync changed with what it last carried there.
"""

from collections.abc import Callable, Iterable

from mockcrm.base.declaring import dataclass
from mockcrm.base.wsgi import Response
from mockcrm.client.transport import Send
from mockcrm.crm.kinds.events import EVENT
from mockcrm.reference_client.crm_api import (
    EVENTS,
    GONE,
    CrmApi,
    GaveUp,
    StoredEvent,
    WriteRefused,
    expect_success,
)
from mockcrm.reference_client.mailbox import Fields, MailboxEntry, MemoryMailbox
from mockcrm.reference_client.normalize import (
    differing_fields,
    entry_from_event,
    event_fields,
    event_from_entry,
    normal_row,
)
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.sync_client import MALFORMED
from mockcrm.sandbox.sandbox import Sandbox

CHANGED_MEANWHILE = (*GONE, 412)


@dataclass
class _Pair:
    """An event of the sandbox, as last seen, and the content of its entry that was last carried there."""

    item_id: str
    seen: StoredEvent
    carried: Fields


def bridged(
    mailbox: Sandbox, send: Send, entries: MemoryMailbox, name: str, wait: Callable[[float], object], max_wait: float
) -> "Bridge":
    """A bridge to the events of a sandbox, whose API `send` reaches. For the rest see `Bridge` and `Client`."""
    headers = {"X-Mockcrm-Client": name}
    api = CrmApi(send, headers, frozenset(Safeguard), wait, None, two_streams=None, max_wait=max_wait)
    return Bridge(api, entries, _EditsByPeople(mailbox).news, name)


class Bridge:
    """Keeps the events of a sandbox and the entries of a mailbox the same.

    `api` is the sandbox's, and goes on with `edits`, which returns the ids of the events that people have changed since
    it was last called. `name` is that of the client.
    """

    def __init__(self, api: CrmApi, entries: MemoryMailbox, edits: Callable[[], Iterable[str]], name: str) -> None:
        self._api, self._entries, self._edits, self._name = api, entries, edits, name
        self._pairs: dict[str, _Pair] = {}
        self._unread: dict[str, None] = {}
        self._sending: dict[str, Fields] = {}
        self._refused: dict[str, Fields] = {}

    def event_of(self, item_id: str) -> str | None:
        """The id of the sandbox's event that is the same as an entry, if there is one."""
        return next((event_id for event_id, pair in self._pairs.items() if pair.item_id == item_id), None)

    def collect(self) -> None:
        """Carry into the entries what people did in the sandbox. Raises `GaveUp`; the next call goes on."""
        self._unread |= dict.fromkeys(self._edits())
        problems = _Problems()
        for event_id in list(self._unread):
            found = self._api.look_up(event_id)
            problems.note(self._collect_one, event_id, found)
            del self._unread[event_id]
        problems.tell()

    def _collect_one(self, event_id: str, found: StoredEvent | None) -> None:
        pair, items = self._pairs.get(event_id), self._entries.items
        if found is None:
            if self._pairs.pop(event_id, None) and pair and pair.item_id in items:
                self._entries.delete(pair.item_id)
        elif pair is None:
            item = self._entries.create(_entry_of(found))
            self._pairs[event_id] = _Pair(item.id, found, item.content)
        else:
            before, now = _entry_of(pair.seen), _entry_of(found)
            changes = {name: now[name] for name in differing_fields(before, now) if name in now}
            if changes and pair.item_id in items:
                self._entries.edit(pair.item_id, changes)
            pair.seen, pair.carried = found, {**pair.carried, **changes}

    def carry(self) -> None:
        """Carry into the sandbox what the sync did to the entries. Raises `GaveUp`; the next call goes on.

        An event that a person has changed meanwhile stays as it is until that change has been collected.
        """
        problems = _Problems()
        paired = {pair.item_id for pair in self._pairs.values()}
        contents = {item.id: item.content for item in self._entries.items.values()} | self._sending
        for item_id, content in contents.items():
            if item_id not in paired:
                problems.note(self._create, item_id, content)
        for event_id, pair in list(self._pairs.items()):
            item = self._entries.items.get(pair.item_id)
            if item is None:
                problems.note(self._delete, event_id, pair)
            elif item.content != pair.carried:
                problems.note(self._update, event_id, pair, item)
        problems.tell()

    def _create(self, item_id: str, content: Fields) -> None:
        """Create an event. If the answer was lost, this is repeated unchanged with the same key.

        What the sandbox refuses is not sent again before the entry changes.
        """
        if self._refused.get(item_id) == content:
            return
        self._sending[item_id] = content
        key = {"Idempotency-Key": f"{self._name}-{item_id}"}
        response = self._api.ask("POST", EVENTS, body=event_from_entry(content, {}), headers=key)
        del self._sending[item_id]
        self._refused[item_id] = content
        event_id = expect_success(response).headers["location"].rpartition("/")[2]
        del self._refused[item_id]
        if stored := self._stored(event_id, response):
            self._pairs[event_id] = _Pair(item_id, stored, content)
        elif item_id in self._entries.items:
            self._entries.delete(item_id)

    def _update(self, event_id: str, pair: _Pair, item: MailboxEntry) -> None:
        known = event_fields(pair.seen.row)
        content = event_from_entry(item.content, known)
        changes = {name: content[name] for name in differing_fields(known, content)}
        if changes:
            tag = {"If-Match": pair.seen.tag}
            response = self._api.ask("PATCH", f"{EVENTS}/{event_id}", body=changes, headers=tag)
            if response.status in CHANGED_MEANWHILE:
                self._unread[event_id] = None
                return
            # As with a creation, it is not repeated if it is refused.
            pair.carried = item.content
            pair.seen = self._stored(event_id, expect_success(response)) or pair.seen
        pair.carried = item.content

    def _delete(self, event_id: str, pair: _Pair) -> None:
        response = self._api.ask("DELETE", f"{EVENTS}/{event_id}", headers={"If-Match": pair.seen.tag})
        if response.status == 412:
            self._unread[event_id] = None
            return
        if response.status not in GONE:
            expect_success(response)
        del self._pairs[event_id]

    def _stored(self, event_id: str, response: Response) -> StoredEvent | None:
        """The event that a write stored, from the answer or from a read by id; None if it is gone already."""
        answer = response.json if response.body else {}
        if "lastModifiedAt" in answer and "etag" in response.headers:
            return StoredEvent(normal_row(answer), response.headers["etag"])
        return self._api.look_up(event_id)


class _Problems:
    """The first thing that went wrong with one of several events. That one is left out, and the others go on."""

    def __init__(self) -> None:
        self._first: Exception | None = None

    def note(self, act: Callable[..., None], *arguments: object) -> None:
        """Raises `GaveUp` for what concerns the other events as well."""
        try:
            act(*arguments)
        except (WriteRefused, *MALFORMED) as error:
            self._first = self._first or error

    def tell(self) -> None:
        """Raises `GaveUp` if anything went wrong."""
        if self._first:
            raise GaveUp(f"The mailbox: {self._first}") from self._first


class _EditsByPeople:
    """The edits in a sandbox that people make, in the console or otherwise by its controls."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._last = sandbox, 0

    def news(self) -> list[str]:
        """The ids of the events that were changed since the last call."""
        with self._sandbox.open() as state:
            changes, self._last = state.crm.store.changes(self._last), state.crm.store.last_seq
        return [change.record.id for change in changes if change.origin == "crm" and change.kind == EVENT.name]


def _entry_of(event: StoredEvent) -> Fields:
    return entry_from_event(event_fields(event.row))
