"""The events of a CRM, made from the occurrences in a calendar."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import MAX_MEMBERS
from mockcrm.base.times import midnight
from mockcrm.crm.event import Attendee, Event
from mockcrm.crm.ics.losses import ANSWERS, PLACE, TEXTS
from mockcrm.crm.ics.occurrences import MAX_OCCURRENCES
from mockcrm.crm.ics.parsing import Component, Unreadable, all_of, text_of
from mockcrm.crm.ics.times import CalendarTimes
from mockcrm.crm.keys import is_key
from mockcrm.crm.seeding.anonymize import identity

MAX_IMPORTED_TEXT = 32 * 1024 * 1024
"""The most characters that the texts of one calendar may have, which repeat with each occurrence."""


LOST_NAME = "ATTENDEE;CN that no contact has"
"""What an event has lost that names somebody without an address, a room, or a known person otherwise."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an address, as it was first written, who may have a name. `organizes` says whether any meeting."""

    address: str
    name: str
    organizes: bool = False


@dataclass(frozen=True, slots=True)
class Keyed:
    """An event with its key, if it has one."""

    key: str | None
    event: Event


class EventMaker:
    """Makes the events of one calendar.

    `names` are those of all who take part, by their identity; `people` those of them who have an address, rooms left
    out. `losses` names what an event lost here, by its place in the file.
    """

    def __init__(self, times: CalendarTimes) -> None:
        self._times = times
        self.names: dict[str, str] = {}
        self.people: dict[str, Person] = {}
        self.losses: defaultdict[int, set[str]] = defaultdict(set)
        self._keys: set[str] = set()
        self._count = self._characters = 0

    def make(self, found: Component, *, recurs: bool) -> Keyed:
        """The event of an occurrence. Raises `Unreadable` where the calendar has too many of them."""
        begins, ends = self._times.span(found)
        people = self._people(found)
        subject, description, location = (text_of(found, name) for name in TEXTS)
        self._count_in(subject, description, location, *map(identity, people))
        event = Event(
            "",
            begins,
            ends,
            subject,
            description,
            location,
            all_day=not isinstance(found["DTSTART"].dt, datetime),
            # An unknown CLASS counts as PRIVATE (RFC 5545, section 3.8.1.3).
            private=str(found.get("CLASS", "PUBLIC")).upper() != "PUBLIC",
            attendees=people,
        )
        return Keyed(self._key(found, recurs=recurs), event)

    def _count_in(self, *texts: str | None) -> None:
        self._count += 1
        self._characters += sum(len(text or "") for text in texts)
        if self._count > MAX_OCCURRENCES or self._characters > MAX_IMPORTED_TEXT:
            limit = f"{MAX_OCCURRENCES:,} events, or {MAX_IMPORTED_TEXT:,} characters"
            raise Unreadable(f"it would give more than {limit}: narrow the window with --from and --to")

    def _lost(self, found: Component, what: str) -> None:
        self.losses[int(found[PLACE])].add(what)

    def _key(self, found: Component, *, recurs: bool) -> str | None:
        """The UID, in a series with the start of the occurrence, if that has the form of a key and is new."""
        if "UID" not in found:
            return None
        uid = str(found["UID"])
        if recurs:
            when = self._times.instant(found["RECURRENCE-ID"].dt)
            uid += f".{when:%Y%m%d}" if when == midnight(when) else f".{when:%Y%m%dT%H%M%SZ}"
        if not is_key(uid) or uid in self._keys:
            self._lost(found, "UID, which cannot be a key")
            return None
        self._keys.add(uid)
        return uid

    def _people(self, found: Component) -> tuple[Attendee, ...]:
        """As many attendees as an event may have."""
        people = tuple(islice(self._attendees(found), MAX_MEMBERS + 1))
        if len(people) > MAX_MEMBERS:
            self._lost(found, f"ATTENDEE beyond the first {MAX_MEMBERS:,}")
        return people[:MAX_MEMBERS]

    def _attendees(self, found: Component) -> Iterator[Attendee]:
        """The invited people and the organiser, who comes unless the list says otherwise."""
        seen = set()
        for address in all_of(found, "ATTENDEE"):
            word = str(address.params.get("PARTSTAT", "NEEDS-ACTION")).upper()
            attendee = self._attendee(found, address, ANSWERS.get(word, "NeedsAction"))
            seen.add(identity(attendee))
            yield attendee
        for address in all_of(found, "ORGANIZER"):
            organizer = self._attendee(found, address, "Accepted", organizes=True)
            if identity(organizer) not in seen:
                yield organizer

    def _attendee(self, found: Component, address: Component, status: str, *, organizes: bool = False) -> Attendee:
        is_mail = address[:7].lower() == "mailto:" and len(address) > 7
        uri = str(address)[7:] if is_mail else str(address)
        attendee = Attendee(email_address=uri, status=status) if is_mail else Attendee(user_id=uri, status=status)
        is_room = str(address.params.get("CUTYPE", "INDIVIDUAL")).upper() in ("ROOM", "RESOURCE")
        said = str(address.params.get("CN", "")).strip()
        who = identity(attendee)
        # The name of a room is no secret.
        self.names[who] = self.names.get(who) or ("" if is_room else said)
        if is_mail and not is_room:
            known = self.people.get(who, Person(uri, ""))
            self.people[who] = replace(known, name=self.names[who], organizes=known.organizes or organizes)
        if said and (not is_mail or is_room or said != self.names[who]):
            self._lost(found, LOST_NAME)
        return attendee
