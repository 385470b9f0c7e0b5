"""Several calendars: what is read of each, what is removed with one, what moves, and what two users have in common."""

from typing import Any

import httpx

from tests.hazards.client import Client, Record
from tests.hazards.world import Hazard

PRIMARY = "/events"
REFUSED = (403, 404)


def events_of(calendar: Record) -> str:
    return PRIMARY if calendar["primary"] else f"/calendars/{calendar['id']}/events"


class FollowsCalendars(Client):
    """Reads which calendars there are, and each by a delta of its own. It reads before it writes."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(http)
        self.lists: list[str] = []
        self.marks: dict[str, str] = {}
        self.places: dict[str, str] = {}
        """The list on which each event lies."""

    def sync(self) -> None:
        self.pull()
        self.push()

    def pull(self) -> None:
        self.find_calendars()
        read = {path: rows for path in self.lists if (rows := self.changes(path)) is not None}
        for path, rows in read.items():
            for row in rows:
                if not row.get("deleted"):
                    self.places[row["id"]] = path
                    self.take(row)
        gone = [row for path, rows in read.items() for row in rows if self.is_gone(row, path)]
        gone += [{"id": each, "deleted": True} for each, path in self.places.items() if path not in self.lists]
        for row in gone:
            self.places.pop(row["id"], None)
            self.take(row)

    def find_calendars(self) -> None:
        _, calendars = self.read({}, "/calendars")
        # The primary one comes last.
        self.lists = sorted(map(events_of, calendars))

    def is_gone(self, row: Record, path: str) -> bool:
        """Whether a row says that an event was deleted which, as far as anybody knows, was there."""
        return bool(row.get("deleted")) and self.places.get(row["id"]) == path

    def changes(self, path: str) -> list[Record] | None:
        """What has changed on a calendar; None if it could not be read."""
        mark = self.marks.get(path)
        try:
            first, rows = self.read({"since": mark, "showDeleted": "true"} if mark else {}, path)
        except httpx.HTTPStatusError as error:
            if error.response.status_code not in REFUSED:
                raise
            return self.refused(path)
        self.move(path, self.next_watermark(first, rows))
        return rows

    def refused(self, path: str) -> list[Record] | None:
        return None

    def move(self, path: str, mark: str) -> None:
        self.marks[path] = mark

    def push_create(self, step: Record) -> None:
        same = next((each for each in self.replica.values() if is_same(each, step["set"])), None)
        if same:
            self.names[step.get("as", "")] = same["id"]
        else:
            super().push_create(step)
            self.places[self.names[step.get("as", "")]] = PRIMARY

    def push_edit(self, step: Record) -> None:
        event_id = self.id_of(step)
        self.take(self.send("PATCH", f"{self.places[event_id]}/{event_id}", step["set"]).json())


def is_same(event: Record, wanted: Record) -> bool:
    """Whether the same people meet at the same time about the same."""
    ours, theirs = ([each["emailAddress"] for each in one.get("attendees", ())] for one in (event, wanted))
    return (
        event["subject"] == wanted["subject"] and event["startTime"][:16] == wanted["startTime"][:16] and ours == theirs
    )


class SharesAWatermark(FollowsCalendars):
    """Keeps one watermark, and moves it after each read."""

    lookback = "0s"

    def move(self, path: str, mark: str) -> None:
        self.marks = dict.fromkeys(self.lists, mark)


class TakesItForEmpty(FollowsCalendars):
    """Takes a refused calendar for an empty one, and mirrors what is not there."""

    def refused(self, path: str) -> list[Record] | None:
        known = [each for each in self.replica if self.places[each] == path]
        self.outbox += [{"delete": {"id": each, "path": path}} for each in known]
        return [{"id": each, "deleted": True} for each in known]

    def sync(self) -> None:
        self.push()
        self.pull()

    def push_delete(self, step: Record) -> None:
        self.http.delete(f"{step['path']}/{step['id']}").raise_for_status()


class UploadsWhatIsMissing(FollowsCalendars):
    """Asks once which calendars there are, and uploads what is on none of them any more."""

    def find_calendars(self) -> None:
        if not self.lists:
            super().find_calendars()

    def refused(self, path: str) -> list[Record] | None:
        known = [each for each in self.replica.values() if self.places[each["id"]] == path]
        self.lists.remove(path)
        for each in known:
            content = {name: value for name, value in each.items() if name not in OF_THE_CRM}
            self.outbox.append({"create": {"as": each["id"], "set": content}})
        return None


OF_THE_CRM = ("id", "lastModifiedAt", "calendarId", "parentId")


class CreatesWhatIsGone(FollowsCalendars):
    """Writes where an event was, before it reads; creates the event again if it is not there.

    It reads the primary calendar first, and takes each tombstone for the end of an event.
    """

    def sync(self) -> None:
        self.push()
        self.pull()

    def find_calendars(self) -> None:
        super().find_calendars()
        self.lists.reverse()

    def is_gone(self, row: Record, path: str) -> bool:
        return bool(row.get("deleted"))

    def push_edit(self, step: Record) -> None:
        try:
            super().push_edit(step)
        except httpx.HTTPStatusError:
            known: Any = self.replica.pop(self.id_of(step))
            content = {name: value for name, value in known.items() if name not in OF_THE_CRM}
            self.push_create({"as": known["id"], "set": {**content, **step["set"]}})

    def id_of(self, step: Record) -> str:
        return self.names.get(super().id_of(step)) or super().id_of(step)


class UploadsItsOwn(FollowsCalendars):
    """Uploads each new entry of its user, whatever is in the CRM."""

    def push_create(self, step: Record) -> None:
        Client.push_create(self, step)
        self.places[self.names[step["as"]]] = PRIMARY


HAZARDS = (
    Hazard(
        "one-cursor-many-calendars",
        naive=SharesAWatermark,
        careful=FollowsCalendars,
        without=("steps[2]",),
        symptoms="M",
    ),
    Hazard(
        "calendar-gone",
        naive=TakesItForEmpty,
        careful=FollowsCalendars,
        without=("steps[3]",),
        symptoms="LP",
    ),
    Hazard(
        "calendar-removed",
        naive=UploadsWhatIsMissing,
        careful=FollowsCalendars,
        without=("steps[2]", "expect"),
        symptoms="LZ",
    ),
    Hazard(
        "moved-between-calendars",
        naive=CreatesWhatIsGone,
        careful=FollowsCalendars,
        without=("steps[2]", "steps[3]"),
        symptoms="LM",
    ),
    Hazard(
        "same-meeting-two-users",
        naive=UploadsItsOwn,
        careful=FollowsCalendars,
        without=("steps[1]",),
        symptoms="L",
    ),
)
