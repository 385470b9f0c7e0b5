"""Watermark and order."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from mockcrm.base.times import format_instant, parse_instant
from tests.hazards.client import OURS, Client, Record
from tests.hazards.world import Hazard

MILLISECOND = timedelta(milliseconds=1)


def newest(rows: list[Record]) -> str | None:
    return max((row["lastModifiedAt"] for row in rows), default=None)


# The next watermark


class TrustsAsOf(Client):
    """Takes `asOf` as the next watermark, without a lookback."""

    lookback = "0s"


class LargestStamp(Client):
    """Takes the largest stamp that it has seen as the next watermark."""

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        return max(filter(None, (newest(rows), self.since)), default=first["asOf"])


class PastTheLargest(Client):
    """Asks from a millisecond after the largest stamp that it was shown, so as not to get that row again."""

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        stamp = newest(rows)
        return format_instant(parse_instant(stamp) + MILLISECOND) if stamp else self.since or first["asOf"]


class RereadsThePresentSecond(Client):
    """Asks from the newest stamp, and takes that second for over unless it is the very one that `asOf` says."""

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        stamp = newest(rows)
        if stamp is None:
            return self.since or first["asOf"]
        return format_instant(parse_instant(stamp) - MILLISECOND) if stamp == first["asOf"] else stamp


class OwnClock(Client):
    """Asks for changes since what its own clock said at the last sync; it sets that clock by the header `Date`."""

    now = ""

    def get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        response = self.http.get(path, params=parameters).raise_for_status()
        self.now = format_instant(parsedate_to_datetime(response.headers["Date"]))
        return response.json()

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        return self.now


class CountsItsOwnWrites(Client):
    """Takes the newest stamp that it has seen as the next watermark, even from the answer to a write."""

    newest = ""

    def take(self, row: Record) -> None:
        super().take(row)
        self.newest = max(self.newest, row["lastModifiedAt"])

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        return self.newest


# Pages


class TurnsPagesByStamp(Client):
    """Asks for the next page of a delta by the stamp of the last row, and stops when that leads no further."""

    def pages(self, parameters: dict[str, str], path: str = "/events") -> Iterator[Record]:
        if "since" not in parameters:
            yield from super().pages(parameters, path)
            return
        while True:
            page = self.get(path, parameters)
            yield page
            last = page["records"][-1]["lastModifiedAt"] if page["nextPageToken"] else parameters["since"]
            if last == parameters["since"]:
                return
            parameters = parameters | {"since": last}


class APageAPoll(Client):
    """Reads one page at a sync, and goes on from the stamp of its last row at the next."""

    def read_delta(self) -> None:
        rows = self.get("/events", {"since": self.since or "", "showDeleted": "true"})["records"]
        for row in rows:
            self.take(row)
            self.since = row["lastModifiedAt"]


# What is a change


class Mirrors(LargestStamp):
    """Brings what has changed to the calendar, which is then newer than the CRM, and so is written back next time."""

    def take(self, row: Record) -> None:
        known = self.replica.get(row["id"])
        super().take(row)
        if known and not row.get("deleted") and self.is_news(row, known):
            self.outbox.append({"edit": {"id": row["id"], "set": {"subject": row["subject"]}}})

    def is_news(self, row: Record, known: Record) -> bool:
        raise NotImplementedError

    def push_edit(self, step: Record) -> None:
        self.send("PATCH", f"/events/{step['id']}", step["set"])


class TakesEveryRowForAChange(Mirrors):
    """Takes whatever is in a delta for a change."""

    def is_news(self, row: Record, known: Record) -> bool:
        return True


class TakesANewStampForAChange(Mirrors):
    """Takes every row with a new stamp for a change."""

    def is_news(self, row: Record, known: Record) -> bool:
        return bool(row["lastModifiedAt"] != known["lastModifiedAt"])


class ComparesContent(Mirrors):
    """Takes a row for a change if it says something else than before."""

    def is_news(self, row: Record, known: Record) -> bool:
        return any(value != known[name] for name, value in row.items() if name not in OURS)


class ReliesOnStamps(Client):
    """Reads everything once, and from then on only what has a new stamp: a delta is all it needs, it thinks."""


class ReadsAllDaily(Client):
    """Reads everything again once a day, whatever the stamps say."""

    now = read_all_at = ""

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        self.now = first["asOf"]
        return super().next_watermark(first, rows)

    def read_all(self) -> None:
        super().read_all()
        self.read_all_at = self.now

    def read_delta(self) -> None:
        super().read_delta()
        if parse_instant(self.now) - parse_instant(self.read_all_at) >= timedelta(days=1):
            self.read_all()


# Reading after writing


class RepeatsWhatItDoesNotFind(Client):
    """Reads each write back, and does it again when it finds what was there before."""

    def push_edit(self, step: Record) -> None:
        path = f"/events/{self.id_of(step)}"
        before = self.replica[self.id_of(step)]
        tag = self.send("PATCH", path, step["set"]).headers["ETag"]
        found = self.get(path)
        if all(found[name] == before[name] for name in step["set"]):
            self.repeat(path, step["set"], tag)

    def repeat(self, path: str, fields: Record, tag: str) -> None:
        self.send("PATCH", path, fields)


class RepeatsIfUntouched(RepeatsWhatItDoesNotFind):
    """Does it again only if nobody has written since: the tag that its write was answered with must still hold."""

    def repeat(self, path: str, fields: Record, tag: str) -> None:
        response = self.http.patch(path, json=fields, headers={"If-Match": tag})
        if response.status_code != 412:
            response.raise_for_status()


# Two streams


class TwoStreams(Client):
    """Reads what was deleted, then what was changed, and asks both from one watermark next time."""

    def read_delta(self) -> None:
        watermark = {"since": self.since or ""}
        first_of_gone, gone = self.read(watermark, "/deletedEvents")
        first_of_changed, changed = self.read(watermark)
        for row in (*gone, *changed):
            self.take(row)
        self.since = self.one_watermark(first_of_gone["asOf"], first_of_changed["asOf"])

    def one_watermark(self, gone: str, changed: str) -> str:
        raise NotImplementedError


class LaterOfTwo(TwoStreams):
    """Takes the later of two `asOf` as the watermark of both streams."""

    def one_watermark(self, gone: str, changed: str) -> str:
        return max(gone, changed)


class EarlierOfTwo(TwoStreams):
    """Takes the earlier, so that neither stream has a gap."""

    def one_watermark(self, gone: str, changed: str) -> str:
        return min(gone, changed)


# Zones


class TakesNoZoneForUtc(Client):
    """Takes a time without an offset for UTC."""

    lookback = "0s"
    zone: tzinfo = UTC

    def take(self, row: Record) -> None:
        times = {name: row[name] for name in ("startTime", "endTime") if name in row}
        super().take(row | {name: in_utc(time, UTC) for name, time in times.items()})

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        return super().next_watermark({"asOf": in_utc(first["asOf"], self.zone)}, rows)


class TakesNoZoneForItsOwn(TakesNoZoneForUtc):
    """Takes an `asOf` without an offset for local time in New York."""

    zone = ZoneInfo("America/New_York")


def in_utc(text: str, zone: tzinfo) -> str:
    time = datetime.fromisoformat(text)
    return format_instant((time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC))


# A window that moves


class FollowsAWindow(Client):
    """Follows the delta of a window: from a week before today to thirty days after it."""

    today = ""

    def pull(self) -> None:
        self.today = self.get("/events", {"limit": "1"})["asOf"][:10]
        super().pull()

    def read(self, parameters: dict[str, str], path: str = "/events") -> tuple[Record, list[Record]]:
        midnight = parse_instant(f"{self.today}T00:00:00Z")
        window = {"startAt": midnight - timedelta(days=7), "endAt": midnight + timedelta(days=30)}
        return super().read(parameters | {name: format_instant(bound) for name, bound in window.items()}, path)


class ReadsANewWindowWhole(FollowsAWindow):
    """Reads the window whole where it has moved since the last sync."""

    read_whole = ""

    def read_all(self) -> None:
        super().read_all()
        self.read_whole = self.today

    def read_delta(self) -> None:
        if self.today == self.read_whole:
            super().read_delta()
        else:
            self.read_all()


HAZARDS = (
    Hazard(
        "equal-timestamp-at-watermark",
        naive=LargestStamp,
        careful=Client,
        without=("clock.tick",),
        symptoms="M",
    ),
    Hazard(
        "inclusive-since-repeat",
        naive=TakesEveryRowForAChange,
        careful=ComparesContent,
        without=("dialect.since",),
        symptoms="P",
    ),
    Hazard(
        "bulk-same-timestamp",
        naive=TurnsPagesByStamp,
        careful=Client,
        without=("clock.tick",),
        symptoms="M",
    ),
    Hazard(
        "second-truncated-timestamps",
        naive=PastTheLargest,
        careful=Client,
        without=("dialect.timestampPrecision",),
        symptoms="M",
    ),
    Hazard(
        "rounded-up-cursor",
        naive=RereadsThePresentSecond,
        careful=Client,
        without=("dialect.timestampRounding",),
        symptoms="M",
    ),
    Hazard(
        "client-clock-watermark",
        naive=OwnClock,
        careful=Client,
        without=("dialect.dateSkew",),
        symptoms="M",
    ),
    Hazard(
        "late-commit-visibility",
        naive=TrustsAsOf,
        careful=Client,
        without=("steps[1].edit.visibleAfter",),
        symptoms="M",
    ),
    Hazard(
        "index-lag",
        naive=CountsItsOwnWrites,
        careful=Client,
        without=("dialect.indexLag",),
        symptoms="M",
    ),
    Hazard(
        "out-of-order-rows",
        naive=APageAPoll,
        careful=Client,
        without=("dialect.deltaOrder",),
        symptoms="M",
    ),
    Hazard(
        "server-clock-backwards",
        naive=LargestStamp,
        careful=Client,
        without=("steps[4]",),
        symptoms="M",
    ),
    Hazard(
        "replica-lag",
        naive=RepeatsWhatItDoesNotFind,
        careful=RepeatsIfUntouched,
        without=("faults",),
        symptoms="L",
    ),
    Hazard(
        "noop-touch-storm",
        naive=TakesANewStampForAChange,
        careful=ComparesContent,
        without=("steps[1]",),
        symptoms="P",
    ),
    Hazard(
        "child-change-no-bump",
        naive=ReliesOnStamps,
        careful=ReadsAllDaily,
        without=("dialect.unbumpedFields",),
        symptoms="M",
    ),
    Hazard(
        "split-stream-race",
        naive=LaterOfTwo,
        careful=EarlierOfTwo,
        without=("steps[2].on.operation",),
        symptoms="Z",
    ),
    Hazard(
        "sliding-window-delta",
        naive=FollowsAWindow,
        careful=ReadsANewWindowWhole,
        without=("events[1]",),
        symptoms="M",
    ),
    Hazard(
        "cursor-in-another-zone",
        naive=TakesNoZoneForItsOwn,
        careful=TakesNoZoneForUtc,
        without=("dialect.timestampFormat",),
        symptoms="M",
    ),
)
