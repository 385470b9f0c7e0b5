"""Invented events that look like an international sales team's calendar (`docs/explanation/seeding.md`).

The same seed, window and people give the same events on every run: the seed decides what is drawn, the window the
dates. Names are made once for each locale, and a seeded source draws from them, so that a hundred thousand events take
seconds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import BEGINNING, DAY, END, MILLISECOND, fits, floor_to, midnight
from mockcrm.crm.event import Attendee, Event, RelatedTo
from mockcrm.crm.seeding.members import Customer, Employee, Guest
from mockcrm.crm.seeding.world import World

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
    """A weekly meeting, always with the same people, hour and place. Without a `subject` it is named after them."""

    subject: str | None
    who: tuple[Employee, ...]
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

    def __init__(self, seed: int, world: World) -> None:
        self.chance = Random(seed)
        self.random = self.chance.random
        self.world, self.team, self.customers = world, world.team, world.customers
        self.calendar_id = world.calendar
        start, end = world.start, world.end
        self.first = start.date() if start == midnight(start) else start.date() + DAY
        self.days = max(1, (end.date() - self.first).days)
        self.last = self.first + timedelta(days=self.days - 1)
        self.shifts: dict[tuple[date, str], timedelta] = {}
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

    def _some_of(self, things: Sequence[Thing], most: int, least: int = 1) -> tuple[Thing, ...]:
        """`least` to `most` neighbours, because people who meet once often meet again."""
        size = least + int(self.random() * (min(most, len(things)) - least + 1))
        first = int(self.random() * len(things))
        return (*things[first : first + size], *things[: max(0, first + size - len(things))])

    # When

    def _workday(self) -> date:
        for _ in range(4):
            day = self.first + timedelta(days=int(self.random() * self.days))
            if day.weekday() < 5 or self.random() < 0.02:
                break
        return day

    def _at(self, day: date, begins: timedelta, zone: str) -> datetime:
        """A time of day in a time zone, in UTC."""
        if (shift := self.shifts.get((day, zone))) is None:
            noon = datetime.combine(day, time(12), ZoneInfo(zone))
            shift = self.shifts[day, zone] = noon.utcoffset() or timedelta(0)
        return midnight(day) + (begins - shift)

    # Who and where

    def _circle(self, most: int, least: int = 1) -> tuple[Employee, ...]:
        """People of one office, and sometimes one from another. There may be no user for them yet."""
        who = self._some_of(self._one_of(self.team), most, least)
        if self.random() < 0.25:
            guest = self._one_of(self._one_of(self.team))
            return who if guest in who else (*who, guest)
        return who

    def _colleagues(self, most: int, least: int = 1) -> tuple[Employee, ...]:
        """The same, and there are users for them."""
        return self._employed(self._circle(most, least))

    def _employed(self, who: tuple[Employee, ...]) -> tuple[Employee, ...]:
        for each in who:
            if not each.id:
                self.world.employ(each)
        return who

    def _attending(self, who: Sequence[Employee]) -> tuple[Attendee, ...]:
        """The organiser has accepted; the others have answered as colleagues do."""
        others = (person.answering(self._one_of(_COLLEAGUES_ANSWER)) for person in who[1:])
        return (who[0].answering("Accepted"), *others)

    def _place(self, city: str) -> str | None:
        kind = self.random()
        if kind < 0.55:
            return f"https://meet.example/{self.chance.getrandbits(36):09x}"
        if kind < 0.8:
            return f"{city}, room {self._one_of(_ROOMS)}"
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
        customer = self._one_of(self.customers)
        subject, deal, lengths = self._one_of(_OLD_CUSTOMER if customer.bought else _NEW_CUSTOMER)
        owners = self._colleagues(2)
        guests = self._some_of(customer.people, 3)
        begins = self._at(self._workday(), self._one_of(_STARTS), owners[0].office.zone)
        links = self._links(customer, guests, deal if deal or self.random() < 0.5 else None, owners[0].id)
        return Event(
            event_id,
            begins,
            begins + timedelta(minutes=self._one_of(lengths)),
            f"{subject}: {customer.name}",
            self._description(guests[0].name, location := self._place(owners[0].office.city)),
            location,
            attendees=(
                *self._attending(owners),
                *(guest.answering(self._one_of(_GUESTS_ANSWER)) for guest in guests),
            ),
            related_to=links,
            owner_id=owners[0].id,
            calendar_id=self.calendar_id,
        )

    def _links(
        self, customer: Customer, guests: Sequence[Guest], deal: int | None, owner: str
    ) -> tuple[RelatedTo, ...]:
        """The links to what is sold, if anything, to the first guest, and to the account; all of them are there."""
        if customer.link is None:
            self.world.open_account(customer, owner)
        for guest in guests:
            if not guest.id:
                self.world.meet(customer, guest, owner)
        sold = None if deal is None else customer.opportunities.get(deal) or self.world.deal(customer, deal, owner)
        return tuple(link for link in (sold, guests[0].link, customer.link) if link is not None)

    def _new_series(self) -> tuple[Series, Iterator[date]]:
        """A series, and the days on which it meets: a quarter of a year, within the window."""
        who = self._circle(5, least=2)
        subject, lengths = self._one_of(_TEAM_MEETINGS)
        if len(who) == 2:
            lengths = (30,)
        weekday = int(self.random() * 5)
        first = self.first + timedelta(days=7 * int(self.random() * max(1, self.days // 7 - 12)))
        first += timedelta(days=(weekday - first.weekday()) % 7)
        series = Series(
            subject if len(who) > 2 else None,
            who,
            self._one_of(_STARTS),
            timedelta(minutes=self._one_of(lengths)),
            self._place(who[0].office.city),
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
        who = self._employed(series.who)
        begins = self._at(day, series.begins, who[0].office.zone)
        return Event(
            event_id,
            begins,
            begins + series.length,
            series.subject or f"1:1 {who[0].name} / {who[1].name}",
            location=series.location,
            private=series.private,
            attendees=self._attending(who),
            owner_id=who[0].id,
            calendar_id=self.calendar_id,
        )

    def _internal(self, event_id: str) -> Event:
        who = self._colleagues(4, least=2)
        subject, lengths = self._one_of(_TEAM_MEETINGS)
        begins = self._at(self._workday(), self._one_of(_STARTS), who[0].office.zone)
        length = timedelta(minutes=self._one_of(lengths))
        location = self._place(who[0].office.city)
        attendees = self._attending(who)
        return Event(
            event_id,
            begins,
            begins + length,
            subject,
            self._description(who[0].name, location),
            location,
            attendees=attendees,
            owner_id=who[0].id,
            calendar_id=self.calendar_id,
        )

    def _private(self, event_id: str) -> Event:
        (who, *_) = self._colleagues(1)
        begins = self._at(self._workday(), self._one_of(_STARTS), who.office.zone)
        subject = self._one_of(_PRIVATE)
        return Event(
            event_id,
            begins,
            begins + timedelta(hours=1),
            subject,
            private=True,
            attendees=(who.answering("Accepted"),),
            owner_id=who.id,
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
            f"{subject}: {who.name}" if subject != "Public holiday" else f"{subject} ({who.office.city})",
            all_day=True,
            private=subject == "Vacation" and self.random() < 0.3,
            attendees=(who.answering("Accepted"),),
            owner_id=who.id,
            calendar_id=self.calendar_id,
        )


def invent(count: int, seed: int, world: World, next_id: Callable[[], str]) -> Iterator[Event]:
    """`count` events that begin between the world's two instants, drawn by `seed` among its people.

    `next_id` is called once for each event, after the event before was yielded.
    """
    if not count:
        return
    calendar, start, end = _Calendar(seed, world), world.start, world.end
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
