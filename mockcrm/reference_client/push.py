"""Writes to the CRM what its user changed in the mailbox: reads each event first, then writes the changes alone."""

from collections.abc import Callable, Mapping, Set
from datetime import timedelta
from functools import partial

from mockcrm.base.times import format_instant, parse_instant
from mockcrm.base.wsgi import Response
from mockcrm.reference_client.children import FamilyState
from mockcrm.reference_client.crm_api import (
    EVENTS,
    GONE,
    MAX_ATTEMPTS,
    CrmApi,
    GaveUp,
    RefusedAfterSilence,
    WriteRefused,
    expect_success,
)
from mockcrm.reference_client.mailbox import Fields, MailboxEntry
from mockcrm.reference_client.matching import PeopleMatcher
from mockcrm.reference_client.meetings import MeetingFinder
from mockcrm.reference_client.normalize import (
    EVENT_FIELDS,
    EventRow,
    differing_fields,
    differs,
    event_fields,
    event_from_entry,
    normal_row,
)
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.sync_state import NO_ENTRY, KnownEvent

ONE_HOUR = timedelta(hours=1)
FOOTER = "\nSynced"
"""What a client adds to a description that does not leave texts as they are."""


class Pusher:
    """Writes the user's changes to one CRM; `sending` holds creations that neither succeeded nor were refused so far.

    Of these, `uncertain` are those without an answer, which may have succeeded. `refused` has the revision of each
    entry that the CRM refused to write, and 0 for one that it refused to delete. Where both sides changed the same
    field of an event, the CRM's value wins. The `finder` finds meetings that are there already. With a `matcher`
    attendees are linked to the people whom the CRM knows.
    """

    def __init__(
        self,
        crm: CrmApi,
        state: FamilyState,
        safeguards: Set[Safeguard],
        name: str,
        finder: MeetingFinder,
        matcher: PeopleMatcher | None = None,
    ) -> None:
        self.crm, self.state, self.safeguards, self.name = crm, state, safeguards, name
        self.finder, self.matcher = finder, matcher
        self.sending: dict[str, Fields] = {}
        self.uncertain: set[str] = set()
        self.refused: dict[str, int] = {}
        self.choose_method()

    def choose_method(self) -> None:
        """Write by PATCH, but by PUT without the safeguard that keeps fields that it does not know."""
        self.method = "PATCH" if Safeguard.UNKNOWN_FIELDS in self.safeguards else "PUT"

    def push(self) -> None:
        """Write the user's creations, edits and deletions. Raises `GaveUp`."""
        known, items = self.state.known, self.state.mailbox.items
        for item in list(items.values()):
            if item.event_id is None:
                if not self.is_left(item):
                    self.attempt(item.id, item.revision, partial(self.create, item))
            elif self.is_changed(item, known[item.event_id]):
                self.attempt(item.id, item.revision, partial(self.update, item, item.event_id))
        self.delete_children()
        self.state.cancelled.clear()
        for event_id, each in list(known.items()):
            if each.item_id != NO_ENTRY and each.item_id not in items:
                self.attempt(each.item_id, 0, partial(self.cancel, event_id, each))
        if self.matcher:
            self.retry_unmatched(self.matcher)

    def is_left(self, item: MailboxEntry) -> bool:
        """Whether a new entry is a meeting of colleagues, which is none of the CRM's business."""
        begun = item.id in self.sending
        return not begun and self.matcher is not None and self.matcher.is_internal(item.content)

    def retry_unmatched(self, matcher: PeopleMatcher) -> None:
        """Link the attendees who were nobody when their event was written, and are somebody now."""
        for event_id in list(matcher.unmatched):
            known = self.state.known.get(event_id)
            if known is None or known.item_id not in self.state.mailbox.items:
                matcher.note(event_id, ())
            elif matcher.is_found(event_id):
                self.attempt(f"{known.item_id}-links", 0, partial(self.link, matcher, event_id, known))

    def link(self, matcher: PeopleMatcher, event_id: str, known: KnownEvent) -> None:
        """Add nothing to an event but links. The entry stays as it is, unless a colleague has changed the event."""
        found = self.state.look_up(event_id)
        if found is None:
            return
        current = event_fields(found.row)
        matched = matcher.matched(current, matcher.unmatched[event_id])
        changes = {name: matched.content[name] for name in differing_fields(current, matched.content)}
        row: EventRow | None = found.row
        if changes:
            response = self.write(event_id, changes, current, found.tag)
            if response.status == 412 or response.status in GONE:
                return
            row = self.stored(event_id, expect_success(response), {**current, **changes})
        matcher.note(event_id, matched.unmatched)
        if row is not None and differs(current, known.content):
            self.state.apply(row)
        elif row is not None:
            self.state.agree(event_id, self.state.mailbox.items[known.item_id], row, known.revision)

    def attempt(self, item_id: str, revision: int, write: Callable[[], None]) -> None:
        """Make a write, unless the CRM has refused it before. Raises `GaveUp`."""
        if self.refused.get(item_id) == revision:
            return
        try:
            write()
        except WriteRefused:
            if Safeguard.REFUSED_ASIDE in self.safeguards:
                self.refused[item_id] = revision

    def is_changed(self, item: MailboxEntry, known: KnownEvent) -> bool:
        if Safeguard.COMPARE_CONTENT in self.safeguards:
            return bool(self.changes(item, known))
        return item.revision != known.revision

    def create(self, item: MailboxEntry) -> None:
        """Create an event, unless it is there. One without an answer is repeated unchanged, with the same key."""
        if item.id not in self.sending and (row := self.finder.find(item.content)):
            item.event_id = row["id"]
            self.settle(item, row, wrote=item.content)
            return
        entry = self.sending.setdefault(item.id, item.content)
        with_key = Safeguard.IDEMPOTENCY_KEYS in self.safeguards
        headers = {"Idempotency-Key": f"{self.name}-{item.id}"} if with_key else {}
        content = event_from_entry(entry, {})
        body = self.as_sent(self.as_written(self.matcher.draft(item.id, content) if self.matcher else content))
        response = self.created(item, body, headers)
        event_id = response.headers["location"].rpartition("/")[2]
        row = self.stored(event_id, response, body)
        del self.sending[item.id]
        self.uncertain.discard(item.id)
        if self.matcher:
            self.matcher.uploaded(item.id, event_id)
        if row is None:
            self.state.mailbox.delete(item.id)
            return
        item.event_id = event_id
        self.settle(item, row, wrote=entry)

    def created(self, item: MailboxEntry, body: Fields, headers: Mapping[str, str]) -> Response:
        """The answer to a creation. Raises `GaveUp`, also for a refusal while an earlier attempt may have succeeded.

        If it did, the next read delivers the event. If that has not, a second refusal is final.
        """
        try:
            return expect_success(self.crm.ask("POST", EVENTS, body=body, headers=headers))
        except WriteRefused as error:
            if item.id in self.uncertain:
                self.uncertain.discard(item.id)
                raise GaveUp(str(error)) from error
            # Nothing was created: the next attempt is a new one, in whatever wording the entry then has.
            del self.sending[item.id]
            raise
        except RefusedAfterSilence:
            self.uncertain.discard(item.id)
            raise
        except GaveUp:
            self.uncertain.add(item.id)
            raise

    def update(self, item: MailboxEntry, event_id: str) -> None:
        """Write the user's changes, except to fields that changed in the CRM as well."""
        for _ in range(MAX_ATTEMPTS):
            known = self.state.known[event_id]
            changes, current, tag = self.changes(item, known), known.content, ""
            if Safeguard.TAG_WITH_CONTENT not in self.safeguards:
                tag = self.crm.tag_of(event_id, self.path_of(event_id)) or ""
            elif Safeguard.READ_BEFORE_WRITE in self.safeguards:
                found = self.state.look_up(event_id)
                if found is None:
                    self.handle_gone(item, event_id)
                    return
                current, tag = event_fields(found.row), found.tag
                theirs = differing_fields(known.content, current)
                changes = {name: value for name, value in changes.items() if name not in theirs}
                if not changes and Safeguard.COMPARE_CONTENT in self.safeguards:
                    self.state.apply(found.row)
                    return
            if self.matcher:
                changes = self.matcher.changed(event_id, changes, current)
            base = current if Safeguard.FRESH_BODY in self.safeguards else known.content
            response = self.write(event_id, changes, base, tag)
            if response.status in GONE:
                self.handle_gone(item, event_id)
                return
            if response.status != 412:
                row = self.stored(event_id, expect_success(response), {**current, **changes})
                if row is None:
                    self.state.forget(event_id)
                else:
                    self.settle(item, row, wrote=item.content)
                return
        raise GaveUp("The event changed during each attempt to write it.")

    def write(self, event_id: str, changes: Fields, current: Fields, tag: str) -> Response:
        """Change an event by PATCH or PUT; after a 405, by the other method from then on."""
        if Safeguard.UNKNOWN_FIELDS not in self.safeguards:
            current = {name: value for name, value in current.items() if name in EVENT_FIELDS}
        bodies = {"PATCH": self.patch(changes, current), "PUT": self.replacement(changes, current)}
        path, headers = f"{self.path_of(event_id)}/{event_id}", self.if_match(tag)
        response = self.crm.ask(self.method, path, body=bodies[self.method], headers=headers)
        if response.status == 405:
            self.method = "PUT" if self.method == "PATCH" else "PATCH"
            response = self.crm.ask(self.method, path, body=bodies[self.method], headers=headers)
        return response

    def path_of(self, event_id: str) -> str:
        """The list on which an event is to be written."""
        return self.state.path_of(event_id) if Safeguard.WRITES_IN_PLACE in self.safeguards else EVENTS

    def patch(self, changes: Fields, current: Fields) -> Fields:
        body = self.as_sent(changes if Safeguard.CHANGES_ONLY in self.safeguards else {**current, **changes})
        return {name: value for name, value in body.items() if value is not None or Safeguard.NULLS in self.safeguards}

    def replacement(self, changes: Fields, current: Fields) -> Fields:
        required = {name: current[name] for name in ("startTime", "endTime")}
        return self.as_sent({**(current if Safeguard.COMPLETE_PUTS in self.safeguards else required), **changes})

    def changes(self, item: MailboxEntry, known: KnownEvent) -> Fields:
        """The fields in which the event is to differ from the one that both sides agreed on."""
        content = self.as_written(self.state.event_of(item, known))
        return {name: value for name, value in content.items() if value != known.content.get(name)}

    def as_written(self, content: Fields) -> Fields:
        """An event as this client would have it in the CRM: as it is, unless the client is careless."""
        wanted = dict(content)
        if Safeguard.UTC_TIMES not in self.safeguards and not wanted.get("allDay"):
            for name in {"startTime", "endTime"} & wanted.keys():
                wanted[name] = format_instant(parse_instant(wanted[name]) + ONE_HOUR)
        if Safeguard.PLAIN_TEXT not in self.safeguards and wanted.get("description"):
            wanted["description"] += FOOTER
        return wanted

    def as_sent(self, body: Fields) -> Fields:
        """A body as this client sends it: as it is, unless the client is careless."""
        if Safeguard.ATTENDEE_STATUS in self.safeguards or "attendees" not in body:
            return body
        bare = [
            {name: each.get(name) for name in ("userId", "emailAddress", "contactId")} for each in body["attendees"]
        ]
        return {**body, "attendees": bare}

    def cancel(self, event_id: str, known: KnownEvent) -> None:
        """Delete a meeting. Its children the CRM may delete, too: those that it leaves are deleted at the next sync."""
        self.delete(event_id, known)
        if event_id in self.state.known:
            return
        self.state.cancelled.add(event_id)
        if Safeguard.DELETED_TOGETHER not in self.safeguards:
            self.delete_children()

    def delete_children(self) -> None:
        """Delete the children that the CRM has left of meetings that this client deleted. Raises `GaveUp`."""
        for event_id in self.state.orphans_of(self.state.cancelled):
            if Safeguard.DELETED_TOGETHER in self.safeguards:
                self.attempt(event_id, 0, partial(self.delete, event_id, self.state.known[event_id]))
                continue
            path = f"{self.path_of(event_id)}/{event_id}"
            response = self.crm.ask("DELETE", path)
            if response.status >= 400:
                raise GaveUp(f"DELETE {path}: {response.status}")
            self.state.forget(event_id)

    def delete(self, event_id: str, known: KnownEvent) -> None:
        """Delete an event. If it changed in the CRM meanwhile, restore the entry instead."""
        tag = ""
        if Safeguard.READ_BEFORE_WRITE in self.safeguards:
            found = self.state.look_up(event_id)
            if found is None:
                self.state.forget(event_id)
                return
            if differs(event_fields(found.row), known.content):
                self.state.apply(found.row)
                return
            tag = found.tag
        response = self.crm.ask("DELETE", f"{self.path_of(event_id)}/{event_id}", headers=self.if_match(tag))
        if response.status == 412:
            return
        if response.status not in GONE:
            expect_success(response)
        self.state.forget(event_id)

    def stored(self, event_id: str, response: Response, sent: Fields) -> EventRow | None:
        """The event that a write stored, from the answer or from a read by id; None if it is gone already."""
        answer = response.json if response.body else {}
        if "lastModifiedAt" in answer:
            return normal_row(answer)
        if Safeguard.STORED_ANSWER not in self.safeguards:
            return {**sent, "id": event_id, "lastModifiedAt": ""}
        found = self.state.look_up(event_id)
        return found.row if found else None

    def settle(self, item: MailboxEntry, row: EventRow, wrote: Fields) -> None:
        """Record that both sides agree on the CRM's wording, unless the user has changed the entry again."""
        if item.content == wrote and Safeguard.STORED_ANSWER in self.safeguards:
            item.content = self.state.entry_from_event(event_fields(row))
        self.state.agree(row["id"], item, row, item.revision)

    def handle_gone(self, item: MailboxEntry, event_id: str) -> None:
        """Decide what to do about an edited entry whose event is gone from the CRM."""
        if Safeguard.DELETION_WINS in self.safeguards:
            self.state.forget(event_id)
        else:
            self.state.release(event_id)
            self.create(item)

    def if_match(self, tag: str) -> Mapping[str, str]:
        return {"If-Match": tag} if tag and Safeguard.IF_MATCH in self.safeguards else {}
