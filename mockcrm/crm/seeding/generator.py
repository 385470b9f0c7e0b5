"""Invented events that look like an international sales team's calendar (`docs/explanation/seeding.md`).

The same seed, window and locales give the same events on every run: the seed decides what is drawn, the window the
dates. Faker fills the pools of people and companies once for each set of locales, and a seeded source draws from them,
so that a hundred thousand events take seconds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from mockcrm.base.times import BEGINNING, DAY, END, MILLISECOND, fits, floor_to, midnight
from mockcrm.crm.event import Attendee, Event
from mockcrm.crm.seeding.people import LOCALES, OFFICES, Person, Pools, pools

Thing = TypeVar("Thing")

MONTH = 28 * DAY
EARLIEST, LATEST = BEGINNING + 365 * DAY, END - 365 * DAY
"""Events are invented between these instants, so that all their times stay within the years 1 to 9999."""
_SERIES_AT_A_TIME = 12


def _weighted(**weights: int) -> tuple[str, ...]:
    """Each word as often as its weight. Drawing from the result is several times as fast as `Random.choices`."""
    return tuple(word for word, weight in weights.items() for _ in range(weight))


_COLLEAGUES_ANSWER = _weighted(Accepted=78, Declined=5, Tentative=6, NeedsAction=11)
_GUESTS_ANSWER = _weighted(Accepted=58, Declined=6, Tentative=9, NeedsAction=27)
_STARTS = tuple(
    timedelta(hours=hour, minutes=minute)
    for hour, weight in zip(range(8, 18), (4, 11, 16, 14, 3, 9, 15, 14, 10, 4), strict=True)
    for minute, share in ((0, 10), (15, 1), (30, 5), (45, 1))
    for _ in range(weight * share)
)
"""Starts within working hours, rarely at lunch, mostly on the hour or the half hour."""


BEGINS, ENDS = "two weeks before this week's Monday", "four weeks after that Monday"
"""The default window, in words."""


def window(now: datetime, start: datetime | None = None, end: datetime | None = None) -> tuple[datetime, datetime]:
    """The instants between which events begin: by default `BEGINS` and `ENDS`, with one instant four weeks from it."""
    if start is None and end is None:
        # From a Monday on: on another day the same seed gives the same events, some weeks later.
        today = midnight(min(max(now, EARLIEST + MONTH), LATEST - 2 * MONTH))
        start = today - today.weekday() * DAY - MONTH / 2
        return start, start + 1.5 * MONTH
    return start or (end or now) - MONTH, end or (start or now) + MONTH


# Drawing


@dataclass(frozen=True, slots=True)
class Series:
    """A weekly meeting, always with the same people, hour and place."""

    subject: str
    who: tuple[Person, ...]
    begins: timedelta
    length: timedelta
    location: str | None
    private: bool


_TEAM_MEETINGS = (
    ("Pipeline review", (30, 45, 60)),
    ("Forecast call", (30,)),
    ("Team stand-up", (15,)),
    ("Deal desk", (30, 45)),
    ("Product update", (30, 60)),
    ("All hands", (60,)),
    ("Onboarding session", (60, 90)),
)
_NEW_CUSTOMER = (
    ("Discovery call", 0, (30, 30, 45)),
    ("Demo", 0, (45, 60, 60)),
    ("Technical deep dive", 0, (60, 90)),
    ("Proposal review", 0, (30, 45, 60)),
    ("Contract negotiation", 0, (60, 90)),
)
_OLD_CUSTOMER = (
    ("Kickoff", 2, (60, 90)),
    ("Check-in", 2, (30,)),
    ("Quarterly business review", 1, (60, 90)),
    ("Renewal", 1, (30, 45)),
)
_ABSENCES = (("Out of office", 1), ("Vacation", 5), ("Vacation", 10), ("Trade fair", 3), ("Public holiday", 1))
_PRIVATE = ("Dentist", "School play", "Doctor", "Landlord", "Blocked")
_ROOMS = ("Turing", "Hopper", "Lovelace", "Noether", "Curie", "Gauss")
_NOTES = (
    "Agenda: 1. where we stand 2. open questions 3. next steps",
    "Please bring the new price list.",
    "They asked for references from the same industry.",
    "Last time we left open who signs; find out before the call.",
    "Dial-in is in the invitation. Recording is on unless somebody objects.",
)
_HTML = (
    "<p>Hello {name},</p><p>as agreed, we will cover:</p><ul><li>scope &amp; timeline</li><li>pricing</li>"
    "<li>next steps</li></ul><p>Where we meet: <b>{place}</b></p>"
)
_MINUTES = (
    "the pilot runs in two teams, and both would rather not go back.",
    "what holds them up is legal, who want the data processing agreement in their own form.",
    "the budget is there, but belongs to another cost centre until July.",
    "asked again for single sign-on, which the other bidder has.",
    "wants the price in euros, and to pay by quarter.",
    "will introduce us to the plant in Graz; somebody should go there.",
    "the old system is switched off at the end of the year, come what may.",
    "promised the list of open questions by Friday.",
)


class _Calendar:
    """Draws events from one seed. Each draw comes from `chance`, in the order of the events."""

    def __init__(self, seed: int, found: Pools, start: datetime, end: datetime, calendar_id: str | None) -> None:
        self.calendar_id = calendar_id
        self.chance = Random(seed)
        self.random = self.chance.random
        self.pools = found
        self.first = start.date() if start == midnight(start) else start.date() + DAY
        self.days = max(1, (end.date() - self.first).days)
        self.last = self.first + timedelta(days=self.days - 1)
        self.zones = [ZoneInfo(office.zone) for office in OFFICES]
        self.shifts: dict[tuple[date, int], timedelta] = {}
        begun = [self._new_series() for _ in range(_SERIES_AT_A_TIME)]
        self.series, self.to_come = [series for series, _ in begun], [days for _, days in begun]

    def event(self, event_id: str) -> Event:
        kind = self.random()
        if kind < 0.52:
            return self._with_customer(event_id)
        if kind < 0.78:
            return self._of_a_series(event_id)
        if kind < 0.90:
            return self._internal(event_id)
        return self._private(event_id) if kind < 0.94 else self._absence(event_id)

    def _one_of(self, things: Sequence[Thing]) -> Thing:
        return things[int(self.random() * len(things))]

    def _some_of(self, things: tuple[Thing, ...], most: int, least: int = 1) -> tuple[Thing, ...]:
        """`least` to `most` neighbours, because people who meet once often meet again."""
        size = least + int(self.random() * (min(most, len(things)) - least + 1))
        first = int(self.random() * len(things))
        return (things + things)[first : first + size]

    # When

    def _workday(self) -> date:
        for _ in range(4):
            day = self.first + timedelta(days=int(self.random() * self.days))
            if day.weekday() < 5 or self.random() < 0.02:
                break
        return day

    def _at(self, day: date, begins: timedelta, office: int) -> datetime:
        """A time of day in an office, in UTC."""
        if (shift := self.shifts.get((day, office))) is None:
            noon = datetime.combine(day, time(12), self.zones[office])
            shift = self.shifts[day, office] = noon.utcoffset() or timedelta(0)
        return midnight(day) + (begins - shift)

    # Who and where

    def _colleagues(self, most: int, least: int = 1) -> tuple[Person, ...]:
        """People of one office, and sometimes one from another."""
        who = self._some_of(self._one_of(self.pools.team), most, least)
        if self.random() < 0.25:
            guest = self._one_of(self._one_of(self.pools.team))
            return who if guest in who else (*who, guest)
        return who

    def _attending(self, who: Sequence[Person]) -> tuple[Attendee, ...]:
        """The organiser has accepted; the others have answered as colleagues do."""
        others = (person.answers[self._one_of(_COLLEAGUES_ANSWER)] for person in who[1:])
        return (who[0].answers["Accepted"], *others)

    def _place(self, office: int) -> str | None:
        kind = self.random()
        if kind < 0.55:
            return f"https://meet.example/{self.chance.getrandbits(36):09x}"
        if kind < 0.8:
            return f"{OFFICES[office].city}, room {self._one_of(_ROOMS)}"
        return None

    def _description(self, name: str, location: str | None) -> str | None:
        kind = self.random()
        if kind < 0.4:
            return None
        if kind < 0.45:
            return ""
        if kind < 0.8:
            return self._one_of(_NOTES)
        if kind < 0.95:
            return _HTML.format(name=name, place=location or "by telephone")
        return "\n".join(
            f"{self._one_of(_STARTS)} {name}: {self._one_of(_MINUTES)}" for _ in range(3 + int(self.random() * 30))
        )

    # What

    def _with_customer(self, event_id: str) -> Event:
        customer = self._one_of(self.pools.customers)
        subject, deal, lengths = self._one_of(_OLD_CUSTOMER if customer.bought else _NEW_CUSTOMER)
        owners = self._colleagues(2)
        guests = self._some_of(customer.people, 3)
        begins = self._at(self._workday(), self._one_of(_STARTS), owners[0].office)
        links = [guests[0].link, customer.company]
        if deal or self.random() < 0.5:
            links.insert(0, customer.opportunities[deal])
        return Event(
            event_id,
            begins,
            begins + timedelta(minutes=self._one_of(lengths)),
            f"{subject}: {customer.company.name}",
            self._description(guests[0].name, location := self._place(owners[0].office)),
            location,
            attendees=(
                *self._attending(owners),
                *(guest.answers[self._one_of(_GUESTS_ANSWER)] for guest in guests),
            ),
            related_to=tuple(links),
            calendar_id=self.calendar_id,
        )

    def _new_series(self) -> tuple[Series, Iterator[date]]:
        """A series, and the days on which it meets: a quarter of a year, within the window."""
        who = self._colleagues(5, least=2)
        subject, lengths = self._one_of(_TEAM_MEETINGS)
        if len(who) == 2:
            subject, lengths = f"1:1 {who[0].name} / {who[1].name}", (30,)
        weekday = int(self.random() * 5)
        first = self.first + timedelta(days=7 * int(self.random() * max(1, self.days // 7 - 12)))
        first += timedelta(days=(weekday - first.weekday()) % 7)
        series = Series(
            subject,
            who,
            self._one_of(_STARTS),
            timedelta(minutes=self._one_of(lengths)),
            self._place(who[0].office),
            len(who) == 2 and self.random() < 0.4,
        )
        return series, self._weekly(first)

    def _weekly(self, first: date) -> Iterator[date]:
        """The days of a quarter of a year, as far as the window goes; at least one."""
        yield min(first, self.last)
        for week in range(1, 13):
            if (day := first + timedelta(days=7 * week)) > self.last:
                return
            yield day

    def _of_a_series(self, event_id: str) -> Event:
        """The next meeting of a series, a week after the last. At the window's end a new series takes its place."""
        at = int(self.random() * len(self.series))
        if (day := next(self.to_come[at], None)) is None:
            self.series[at], self.to_come[at] = self._new_series()
            day = next(self.to_come[at])
        series = self.series[at]
        begins = self._at(day, series.begins, series.who[0].office)
        return Event(
            event_id,
            begins,
            begins + series.length,
            series.subject,
            location=series.location,
            private=series.private,
            attendees=self._attending(series.who),
            calendar_id=self.calendar_id,
        )

    def _internal(self, event_id: str) -> Event:
        who = self._colleagues(4, least=2)
        subject, lengths = self._one_of(_TEAM_MEETINGS)
        begins = self._at(self._workday(), self._one_of(_STARTS), who[0].office)
        length = timedelta(minutes=self._one_of(lengths))
        location = self._place(who[0].office)
        attendees = self._attending(who)
        return Event(
            event_id,
            begins,
            begins + length,
            subject,
            self._description(who[0].name, location),
            location,
            attendees=attendees,
            calendar_id=self.calendar_id,
        )

    def _private(self, event_id: str) -> Event:
        (who, *_) = self._colleagues(1)
        begins = self._at(self._workday(), self._one_of(_STARTS), who.office)
        subject = self._one_of(_PRIVATE)
        return Event(
            event_id,
            begins,
            begins + timedelta(hours=1),
            subject,
            private=True,
            attendees=(who.answers["Accepted"],),
            calendar_id=self.calendar_id,
        )

    def _absence(self, event_id: str) -> Event:
        (who, *_) = self._colleagues(1)
        subject, length = self._one_of(_ABSENCES)
        begins = midnight(self._workday())
        return Event(
            event_id,
            begins,
            begins + length * DAY,
            f"{subject}: {who.name}" if subject != "Public holiday" else f"{subject} ({OFFICES[who.office].city})",
            all_day=True,
            private=subject == "Vacation" and self.random() < 0.3,
            attendees=(who.answers["Accepted"],),
            calendar_id=self.calendar_id,
        )


def invent(
    count: int,
    seed: int,
    start: datetime,
    end: datetime,
    next_id: Callable[[], str],
    *,
    locales: Sequence[str] = LOCALES,
    calendar_id: str | None = None,
) -> Iterator[Event]:
    """`count` events of a calendar that begin between two instants, drawn by `seed` alone.

    `next_id` is called once for each event, after the event before was yielded.
    """
    if not count:
        return
    calendar = _Calendar(seed, pools(tuple(locales)), start, end, calendar_id)
    for _ in range(count):
        event = calendar.event(next_id())
        if not start <= event.start < end:
            event = _moved(event, start + calendar.chance.random() * (end - start))
        yield event


def _moved(event: Event, begins: datetime) -> Event:
    """The event at another time, because a narrow window has none of the usual times."""
    begins = floor_to(begins, MILLISECOND)
    return replace(event, start=begins, end=begins + min(event.end - event.start, DAY), all_day=False)


def reworked(event: Event, chance: Random) -> Event:
    """The event after a small edit, as a colleague would make it."""
    edit = chance.randrange(3)
    if edit == 0:
        by = chance.choice((-7, -1, 1, 2, 7)) * DAY
        if fits(event.start, by) and fits(event.end, by):
            return replace(event, start=event.start + by, end=event.end + by)
    if edit == 1:
        rooms = [f"room {room}" for room in _ROOMS if f"room {room}" != event.location]
        return replace(event, location=chance.choice(rooms))
    mark = chance.choice(("rescheduled", "confirmed", "moved again", "please prepare"))
    return replace(event, subject=f"{(event.subject or 'Meeting').split(' (')[0]} ({mark})")
