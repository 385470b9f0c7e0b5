"""Time."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mockcrm.base.times import format_instant, parse_instant
from tests.hazards.client import Client, Record
from tests.hazards.world import Hazard

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
TIMES = ("startTime", "endTime")


class PlainTimes(Client):
    """Brings the times of every row to one form, whatever offset they came with."""

    def take(self, row: Record) -> None:
        super().take(row | {name: format_instant(parse_instant(row[name])) for name in TIMES if name in row})


class PutsAsOfIntoTheUrl(PlainTimes):
    """Puts `asOf` into the next URL as it came, plus sign and all."""

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        return str(first["asOf"])

    def get(self, path: str, parameters: dict[str, str] | None = None) -> Any:
        query = "&".join(f"{name}={value}" for name, value in (parameters or {}).items())
        return super().get(f"{path}?{query}")


@dataclass
class Calendar(PlainTimes):
    """Keeps times as the calendar in New York on the other side has them, and writes them back with every edit."""

    kept: dict[str, Record] = field(default_factory=dict)

    def take(self, row: Record) -> None:
        super().take(row)
        if not row.get("deleted"):
            self.kept[row["id"]] = self.entry(row)

    def entry(self, row: Record) -> Record:
        """An event's times in the calendar."""
        times = [parse_instant(row[name]) for name in TIMES]
        if row["allDay"]:
            days = (self.first_day(times[0]), self.day_after(times[1]))
            return {name: day.isoformat() for name, day in zip(TIMES, days, strict=True)}
        return {name: time.astimezone(NEW_YORK).isoformat() for name, time in zip(TIMES, times, strict=True)}

    def first_day(self, start: datetime) -> date:
        return start.date()

    def day_after(self, end: datetime) -> date:
        """The day after the last, with which a whole day ends in a calendar."""
        return end.date()

    def push_edit(self, step: Record) -> None:
        super().push_edit({**step, "set": self.kept[self.id_of(step)] | step["set"]})


class TakesMidnightForLocal(Calendar):
    """Takes the midnight in UTC that a whole day begins with for an instant, and looks up the day in New York."""

    def first_day(self, start: datetime) -> date:
        return start.astimezone(NEW_YORK).date()

    def day_after(self, end: datetime) -> date:
        return end.astimezone(NEW_YORK).date()


class Reconciling(Calendar):
    """Holds the two sides against each other at the end of each sync, and writes to the CRM where they differ."""

    def pull(self) -> None:
        super().pull()
        for event_id, row in list(self.replica.items()):
            if self.kept[event_id] != super().entry(row):
                self.push_edit({"id": event_id, "set": {}})


class TakesEndForLastDay(Reconciling):
    """Takes the end of a whole day, which is exclusive, for its last day."""

    def entry(self, row: Record) -> Record:
        if not row["allDay"]:
            return super().entry(row)
        last = parse_instant(row["endTime"]).date()
        return super().entry(row) | {"endTime": (last + timedelta(days=1)).isoformat()}


class SendsTheFlagAlone(Client):
    """Sends `allDay` without the times where the user has turned it."""

    def push_edit(self, step: Record) -> None:
        flag = step["set"].get("allDay")
        if flag is not None and flag != self.replica[self.id_of(step)]["allDay"]:
            step = {**step, "set": {name: value for name, value in step["set"].items() if name not in TIMES}}
        super().push_edit(step)


class LetsOffsetsGo(Calendar):
    """Keeps local times with the name of their zone, without their offsets, and reckons lengths with them."""

    def entry(self, row: Record) -> Record:
        start, end = (self.local(row[name]) for name in TIMES)
        return {"startTime": start.isoformat(), "endTime": (start.astimezone(UTC) + (end - start)).isoformat()}

    def local(self, text: str) -> datetime:
        """A time as it is on the wall; between two of one zone, Python reckons by the wall as well."""
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=BERLIN if time.utcoffset() else UTC)


class WantsALength(Client):
    """Holds that an event must end after it starts, and raises an error where it does not."""

    def take(self, row: Record) -> None:
        if not row.get("deleted") and parse_instant(row["startTime"]) >= parse_instant(row["endTime"]):
            raise ValueError("the time range is empty")
        super().take(row)


class Windowed(Client):
    """Reads the window of March at every sync, and asks by id for what it does not find there any more."""

    start, end = "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"

    def pull(self) -> None:
        _, rows = self.read({"startAt": self.start, "endAt": self.end})
        for row in rows:
            if self.belongs(row):
                self.take(row)
        for event_id in self.replica.keys() - {row["id"] for row in rows}:
            self.lost_sight_of(event_id)

    def belongs(self, row: Record) -> bool:
        return True

    def lost_sight_of(self, event_id: str) -> None:
        response = self.http.get(f"/events/{event_id}")
        if response.status_code in (404, 410):
            self.take({"id": event_id, "deleted": True})
        else:
            self.take(response.raise_for_status().json())


class WantsAllOfItInside(Windowed):
    """Keeps only what both begins and ends in the window."""

    def belongs(self, row: Record) -> bool:
        first, last = parse_instant(row["startTime"]), parse_instant(row["endTime"])
        return parse_instant(self.start) <= first and last <= parse_instant(self.end)


class TakesAbsentForDeleted(Windowed):
    """Takes what is not in the window any more for deleted, and deletes it on both sides."""

    def lost_sight_of(self, event_id: str) -> None:
        self.push_delete({"id": event_id})


HAZARDS = (
    Hazard(
        "allday-tz-drift",
        naive=TakesMidnightForLocal,
        careful=Calendar,
        without=("events[0].allDay",),
        symptoms="L",
    ),
    Hazard(
        "allday-end-inclusive",
        naive=TakesEndForLastDay,
        careful=Reconciling,
        without=("events[0].allDay",),
        symptoms="LP",
    ),
    Hazard(
        "allday-flip",
        naive=SendsTheFlagAlone,
        careful=Client,
        without=("events[0].allDay",),
        symptoms="L",
    ),
    Hazard(
        "dst-gap-and-fold",
        naive=LetsOffsetsGo,
        careful=Calendar,
        without=("dialect.timestampFormat",),
        symptoms="L",
    ),
    Hazard(
        "zero-length-event",
        naive=WantsALength,
        careful=Client,
        without=("steps[1].edit.set.endTime",),
        symptoms="CM",
    ),
    Hazard(
        "edge-spanning-window",
        naive=WantsAllOfItInside,
        careful=Windowed,
        without=("events[0]", "events[1]"),
        symptoms="M",
    ),
    Hazard(
        "moved-out-of-window",
        naive=TakesAbsentForDeleted,
        careful=Windowed,
        without=("steps[1]",),
        symptoms="L",
    ),
    Hazard(
        "timestamp-formats",
        naive=PutsAsOfIntoTheUrl,
        careful=PlainTimes,
        without=("dialect.timestampFormat",),
        symptoms="CM",
    ),
)
