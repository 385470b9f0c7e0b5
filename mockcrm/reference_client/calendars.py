"""Follows several calendars of one CRM: which there are, what lies on each, and what moves from one to another."""

from collections.abc import Callable, Mapping, Set
from datetime import datetime

from mockcrm.reference_client.crm_api import (
    EVENTS,
    AskedToWait,
    CrmApi,
    CursorExpired,
    GaveUp,
    ListRefused,
    StoredEvent,
    WriteRefused,
    in_attempts,
)
from mockcrm.reference_client.normalize import EventRow
from mockcrm.reference_client.paging import ListCopy, Pager, Setting
from mockcrm.reference_client.pull import Puller
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.sync_state import KnownEvent, SyncState

CALENDARS = "/calendars"


def events_of(row: EventRow) -> str:
    """The list of the events on a calendar, as a row of the list of calendars shows it.

    >>> events_of({"id": "12", "primary": False})
    '/calendars/12/events'
    """
    return EVENTS if row.get("primary") else f"{CALENDARS}/{row['id']}{EVENTS}"


class CalendarList(ListCopy[str]):
    """The calendars that there are: the lists of their events, by their ids."""

    def kept(self, row: EventRow) -> str:
        return events_of(row)


class CalendarView:
    """The events on one calendar, which has the list `path`, as a reader fills them."""

    def __init__(self, calendars: "Calendars", path: str) -> None:
        self.calendars, self.path = calendars, path

    @property
    def known(self) -> Mapping[str, KnownEvent]:
        return self.calendars.known_on(self.path)

    def apply(self, row: EventRow) -> None:
        self.calendars.apply(self.path, row)

    def forget(self, event_id: str) -> None:
        self.calendars.apply(self.path, {"id": event_id, "deleted": True})

    def release(self, event_id: str) -> None:
        self.calendars.state.release(event_id)


class Calendars:
    """All calendars of a CRM, each read by a delta of its own into one sync state.

    `listed` are the calendars, which `lister` reads, and `readers` those of the events on all but the primary one, by
    their lists. An event is on the list that `places` of the state has for it. `held` are the events that are gone
    from a list: until all calendars are read, nobody knows whether they were deleted or moved. `read` are the lists
    that an unfinished sync has read.
    """

    def __init__(
        self, crm: CrmApi, state: SyncState, safeguards: Set[Safeguard], clock: Callable[[], datetime]
    ) -> None:
        self.crm, self.state, self.safeguards, self.clock = crm, state, safeguards, clock
        self.listed = CalendarList()
        self.lister = Puller(Setting(crm, self.listed, safeguards, clock, path=CALENDARS))
        self.readers: dict[str, Puller] = {}
        self.held: dict[str, str] = {}
        self.read: set[str] = set()
        if Safeguard.FOLLOWS_MOVES in safeguards:
            state.seek = self.seek

    @property
    def places(self) -> dict[str, str]:
        """On which list each event is that is not on the primary calendar."""
        return self.state.places

    @places.setter
    def places(self, places: dict[str, str]) -> None:
        self.state.places = places

    def known_on(self, path: str) -> Mapping[str, KnownEvent]:
        """What both sides have of one calendar."""
        return {event_id: each for event_id, each in self.state.known.items() if self.state.path_of(event_id) == path}

    # Reading

    def update(self, primary: Pager) -> None:
        """Read which calendars there are, and what changed on each. Raises `GaveUp`.

        A calendar that fails does not keep the client from reading the others.
        """
        with in_attempts(self.read):
            self.update_list()
            failure = self.read_each({EVENTS: primary, **self.readers})
            if Safeguard.OWN_WATERMARKS not in self.safeguards:
                self.share_watermarks(primary)
            self.settle()
        if failure:
            raise failure

    def update_list(self) -> None:
        """Read which calendars there are: at each sync, or only once."""
        if CALENDARS in self.read or (self.listed.known and Safeguard.LISTS_CALENDARS not in self.safeguards):
            return
        self.lister.update()
        self.read.add(CALENDARS)
        self.follow_list()

    def follow_list(self) -> None:
        """Have a reader for each calendar that there is. What lies on another is gone, unless it was moved."""
        paths = {*self.listed.known.values()} - {EVENTS}
        for path in sorted(paths - self.readers.keys()):
            view = CalendarView(self, path)
            self.readers[path] = Puller(Setting(self.crm, view, self.safeguards, self.clock, path=path))
        for path in self.readers.keys() - paths:
            del self.readers[path]
            for event_id in self.known_on(path):
                self.apply(path, {"id": event_id, "deleted": True})

    def read_each(self, readers: Mapping[str, Pager]) -> GaveUp | None:
        """Read what is still to be read; why the first list that failed did, if one has. Raises `AskedToWait`."""
        failure = None
        for path, reader in readers.items():
            if path in self.read:
                continue
            try:
                reader.update()
            except AskedToWait:
                raise
            except (ListRefused, CursorExpired):
                if Safeguard.KEEPS_UNREAD not in self.safeguards:
                    self.clear(path)
            except GaveUp as error:
                failure = failure or error
            else:
                self.read.add(path)
        return failure

    def clear(self, path: str) -> None:
        """Take a calendar for empty."""
        for event_id in self.known_on(path):
            self.state.forget(event_id)

    def share_watermarks(self, primary: Pager) -> None:
        """Use the latest watermark for all calendars."""
        readers = [each for each in (primary, *self.readers.values()) if isinstance(each, Puller) and each.watermarks]
        latest = max((mark for each in readers for mark in each.watermarks.values()), default="")
        for each in readers:
            each.watermarks = dict.fromkeys(each.watermarks, latest)

    # What lies where

    def apply(self, path: str, row: EventRow) -> None:
        """Apply a row of one calendar, an event or a tombstone, to the mailbox. Raises `GaveUp`."""
        event_id, follows = row["id"], Safeguard.FOLLOWS_MOVES in self.safeguards
        known, is_here = self.state.known.get(event_id), self.state.path_of(event_id) == path
        if row.get("deleted"):
            if not follows:
                self.state.forget(event_id)
            elif is_here and (known or event_id in self.state.aside):
                self.held[event_id] = path
            return
        if known and not is_here and follows and row["lastModifiedAt"] < known.stamp:
            return
        if known and not is_here and not follows:
            self.state.forget(event_id)
        self.held.pop(event_id, None)
        self.state.place(event_id, path)
        self.state.apply(row)

    def settle(self) -> None:
        """Find out what became of the events that are gone from a list. Raises `GaveUp`.

        What is on no other calendar was deleted. As long as one could not be read, the client cannot tell.
        """
        lists = {EVENTS, *self.readers}
        for event_id, path in list(self.held.items()):
            if self.state.path_of(event_id) == path:
                found = self.seek(event_id) if path in lists else None
                if found:
                    self.state.apply(found.row)
                elif not lists <= self.read:
                    continue
                else:
                    self.state.forget(event_id)
            self.held.pop(event_id, None)

    def seek(self, event_id: str) -> StoredEvent | None:
        """An event on another calendar than that on which it was; None if it is on none. Raises `GaveUp`."""
        refused: WriteRefused | None = None
        for path in (EVENTS, *self.readers):
            if path == self.state.path_of(event_id):
                continue
            try:
                found = self.crm.look_up(event_id, path)
            except WriteRefused as error:
                refused = error
                continue
            if found:
                self.state.place(event_id, path)
                return found
        if refused:
            raise GaveUp(str(refused)) from refused
        return None
