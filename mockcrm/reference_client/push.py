"""How the client carries over to the CRM what its user has done: looking first, and then writing no more than that."""

from collections.abc import Mapping, Set

from mockcrm.base.wsgi import Response
from mockcrm.reference_client.crm_api import ATTEMPTS, EVENTS, GONE, Crm, GaveUp, expect
from mockcrm.reference_client.mailbox import Content, Item
from mockcrm.reference_client.normalize import FIELDS, Row, changed_in, content_from, content_of, plain
from mockcrm.reference_client.safeguards import Virtue
from mockcrm.reference_client.sync_state import Known, Pairing


class Writer:
    """Writes to one CRM what the mailbox has and a pairing does not know of; `sending` are creations not yet answered.

    Where both sides have changed the same field of an event, the CRM's word holds.
    """

    def __init__(self, crm: Crm, pairing: Pairing, virtues: Set[Virtue], name: str) -> None:
        self.crm, self.pairing, self.virtues, self.name = crm, pairing, virtues, name
        self.sending: dict[str, Content] = {}
        self.verb = "PATCH" if Virtue.UNKNOWN in virtues else "PUT"

    def push(self) -> None:
        known, items = self.pairing.known, self.pairing.mailbox.items
        for item in list(items.values()):
            if item.event_id is None:
                self.create(item)
            elif self.is_changed(item, known[item.event_id]):
                self.update(item, item.event_id)
        for event_id, each in list(known.items()):
            if each.item_id not in items:
                self.delete(event_id, each)

    def is_changed(self, item: Item, known: Known) -> bool:
        if Virtue.COMPARES in self.virtues:
            return bool(self.pairing.changes(item, known))
        return item.revision != known.revision

    def create(self, item: Item) -> None:
        """Create an event. A creation whose answer was lost is repeated as it was, under the same key."""
        entry = self.sending.setdefault(item.id, item.content)
        headers = {"Idempotency-Key": f"{self.name}-{item.id}"} if Virtue.KEYS in self.virtues else {}
        body = content_from(entry, {})
        response = expect(self.crm.ask("POST", EVENTS, body=body, headers=headers))
        event_id = response.headers["location"].rpartition("/")[2]
        row = self.stored(event_id, response, body)
        del self.sending[item.id]
        if row is None:
            self.pairing.mailbox.delete(item.id)
            return
        item.event_id = event_id
        self.settle(item, row, wrote=entry)

    def update(self, item: Item, event_id: str) -> None:
        """Carry the user's changes over, unless the CRM has others in the same fields."""
        for _ in range(ATTEMPTS):
            known = self.pairing.known[event_id]
            changes, current, tag = self.pairing.changes(item, known), known.content, ""
            if Virtue.LOOKS in self.virtues:
                found = self.crm.look_up(event_id)
                if found is None:
                    self.lose(item, event_id)
                    return
                current, tag = content_of(found.row), found.tag
                theirs = changed_in(known.content, current)
                changes = {name: value for name, value in changes.items() if name not in theirs}
                if not changes and Virtue.COMPARES in self.virtues:
                    self.pairing.take(found.row)
                    return
            response = self.write(event_id, changes, current, tag)
            if response.status in GONE:
                self.lose(item, event_id)
                return
            if response.status != 412:
                row = self.stored(event_id, expect(response), {**current, **changes})
                if row is None:
                    self.pairing.forget(event_id)
                else:
                    self.settle(item, row, wrote=item.content)
                return
        raise GaveUp("Somebody else is always quicker.")

    def write(self, event_id: str, changes: Content, current: Content, tag: str) -> Response:
        """Change an event by the verb that this CRM takes, which a 405 tells."""
        if Virtue.UNKNOWN not in self.virtues:
            current = {name: value for name, value in current.items() if name in FIELDS}
        bodies = {"PATCH": self.patch(changes, current), "PUT": self.replacement(changes, current)}
        path, headers = f"{EVENTS}/{event_id}", self.if_match(tag)
        response = self.crm.ask(self.verb, path, body=bodies[self.verb], headers=headers)
        if response.status == 405:
            self.verb = "PUT" if self.verb == "PATCH" else "PATCH"
            response = self.crm.ask(self.verb, path, body=bodies[self.verb], headers=headers)
        return response

    def patch(self, changes: Content, current: Content) -> Content:
        body = changes if Virtue.CHANGES in self.virtues else {**current, **changes}
        return {name: value for name, value in body.items() if value is not None or Virtue.NULLS in self.virtues}

    def replacement(self, changes: Content, current: Content) -> Content:
        required = {name: current[name] for name in ("startTime", "endTime")}
        return {**(current if Virtue.WHOLE_PUTS in self.virtues else required), **changes}

    def delete(self, event_id: str, known: Known) -> None:
        """Carry a deletion over, unless the CRM has something new to say of the event: then it is made again here."""
        tag = ""
        if Virtue.LOOKS in self.virtues:
            found = self.crm.look_up(event_id)
            if found is None:
                self.pairing.forget(event_id)
                return
            if content_of(found.row) != known.content:
                self.pairing.take(found.row)
                return
            tag = found.tag
        response = self.crm.ask("DELETE", f"{EVENTS}/{event_id}", headers=self.if_match(tag))
        if response.status == 412:
            return
        if response.status not in GONE:
            expect(response)
        self.pairing.forget(event_id)

    def stored(self, event_id: str, response: Response, sent: Content) -> Row | None:
        """What the CRM has made of a write: its answer or, where that does not tell, what it has now."""
        told = response.json if response.body else {}
        if "lastModifiedAt" in told:
            return plain(told)
        if Virtue.STORED not in self.virtues:
            return {**sent, "id": event_id, "lastModifiedAt": ""}
        found = self.crm.look_up(event_id)
        return found.row if found else None

    def settle(self, item: Item, row: Row, wrote: Content) -> None:
        """Note that both sides agree, in the CRM's wording, unless the user has gone on from what was written."""
        if item.content == wrote and Virtue.STORED in self.virtues:
            item.content = self.pairing.entry_of(content_of(row))
        self.pairing.agree(row["id"], item, row, item.revision)

    def lose(self, item: Item, event_id: str) -> None:
        """Find that there is no such event any more."""
        if Virtue.DROPS in self.virtues:
            self.pairing.forget(event_id)
        else:
            self.pairing.release(event_id)
            self.create(item)

    def if_match(self, tag: str) -> Mapping[str, str]:
        return {"If-Match": tag} if tag and Virtue.IF_MATCH in self.virtues else {}
