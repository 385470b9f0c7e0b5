"""What the steps of the machine choose: records, and what is sent, all from one text and the model."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from mockcrm.base.times import format_instant
from mockcrm.crm.event import LINK_TYPES, STATUSES
from tests.crm.naive_crm import NaiveCrm
from tests.crm.naive_records import LINKS, TITLES, Content, long

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOWHERE = ["77", "88"]
"""Ids that are no record's at first; a colleague may give them to new ones."""
NAMES = ["ann", "bob", "cat"]


class Choices(Random):
    """What one step chooses."""

    def __init__(self, text: str, model: NaiveCrm) -> None:
        super().__init__(text)
        self.model = model

    def below(self, bound: int) -> int:
        return self.randrange(bound)

    def one(self, of: Sequence[Any]) -> Any:
        return of[self.randrange(len(of))]

    def a_link(self, to: str) -> str:
        """The id of a record that lives, or was deleted, or is not there."""
        living, dead = self.model.living(to), self.model.dead(to)
        among = [*(each.id for each in living[-5:] * 2), *(each.id for each in dead[-2:]), *NOWHERE]
        found: str = self.one(among)
        return found

    def an_attendee(self) -> Content:
        way, status = self.one([0, 0, 1, 2, 3, 4, 5, 5]), self.one(STATUSES)
        user = self.a_link("user") if way in (0, 1) else None
        contact = long(self.a_link("contact")) if way in (1, 2, 3) else None
        address = self.one(["ANN@our.example", "bob@our.example", "wile@acme.example"]) if way in (3, 4, 5) else None
        return {"userId": user, "emailAddress": address, "contactId": contact, "status": status}

    def a_typed_link(self) -> Content:
        link_type = self.one(LINK_TYPES)
        named = self.a_link(link_type.lower())
        return {
            "type": link_type,
            "id": named,
            "name": self.one([None, "Written", self.model.label((link_type.lower(), named))]),
        }

    def a_body(self, kind: str, *, whole: bool) -> Content:
        """What is sent: a title, and some of the fields by which the records of the kind refer to others."""
        body: Content = {TITLES[kind]: self.one(["Acme", "Umbrella", "Hooli"])}
        if kind == "user":
            body["emailAddress"] = f"{self.one(NAMES)}@our.example"
        if kind == "event" and (whole or self.below(3) == 0):
            start = MONDAY + self.below(4) * HOUR - HOUR
            body |= {"startTime": format_instant(start), "endTime": format_instant(start + self.below(3) * HOUR)}
        if kind == "event" and self.below(4) == 0:
            body["calendarId"] = self.one(
                [*(each.id for each in self.model.living("calendar")), self.one([self.a_link("calendar"), None])]
            )
        for name, shape, target in LINKS[kind]:
            if self.below(4 if name in ("parentId", "ownerId") else 2) != 0:
                continue
            if shape == "one":
                found = self.one([self.a_link(target), None])
                body[name] = long(found) if found is not None and name == "parentId" else found
            elif shape == "many":
                body[name] = [self.a_link(target) for _ in range(self.below(3))]
            elif shape == "typed":
                body[name] = [self.a_typed_link() for _ in range(self.below(3))]
            else:
                body[name] = [self.an_attendee() for _ in range(self.below(4))]
        return body

    def a_record(self, kind: str) -> str | None:
        """Mostly one that lives."""
        living, dead = self.model.living(kind), self.model.dead(kind)
        if kind == "event" and self.below(2):
            living = [each for each in living if each.content["parentId"] is not None] or living
        among = [each.id for each in (dead if self.below(12) == 0 else living) or dead][-8:]
        if self.model.primary in among[1:] and self.below(4):
            among.remove(self.model.primary)
        return self.one(among) if among else None

    def a_calendar_of(self, kind: str, record: str, *, client: bool) -> str | None:
        """The calendar in whose path a client finds an event; sometimes another one."""
        if kind != "event" or not client:
            return None
        version = self.model.newest((kind, record))
        assert version
        return self.model.primary if self.below(12) == 0 else version.calendar
