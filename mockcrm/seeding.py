"""Invented events that look like a sales team's calendar. The same seed gives the same events, whatever the day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from mockcrm.model import Attendee, Event, RelatedTo
from mockcrm.times import BEGINNING, END, MILLISECOND, floor_to, midnight

DAY = timedelta(days=1)
MONTH = 28 * DAY
EARLIEST, LATEST = BEGINNING + 365 * DAY, END - 365 * DAY
"""Events are invented between these, so that none of their times leaves the calendar."""

_QUARTER = timedelta(minutes=15)
_PEOPLE = 40
_ACCOUNTS = 25
_ANSWERS = ("Accepted", "Accepted", "Accepted", "Tentative", "NeedsAction", "NeedsAction", "Declined")
_ROOMS = ("Room Turing", "Room Hopper", "Room Lovelace", "4th floor, blue corner", "Café downstairs")


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody at a customer's, whom the CRM knows."""

    id: int
    name: str
    email: str
    account: RelatedTo


@dataclass(frozen=True, slots=True)
class Pools:
    """The people and companies that recur throughout a calendar."""

    users: tuple[Attendee, ...]
    contacts: tuple[Contact, ...]


def window(now: datetime, start: datetime | None = None, end: datetime | None = None) -> tuple[datetime, datetime]:
    """Between which instants events begin: two weeks before today to four after, or four weeks at the side given."""
    if start is None and end is None:
        start = midnight(min(max(now, EARLIEST + MONTH), LATEST - MONTH)) - MONTH / 2
        return start, start + 1.5 * MONTH
    return start or (end or now) - MONTH, end or (start or now) + MONTH


@lru_cache(maxsize=8)
def _pools(seed: int) -> Pools:
    from faker import Faker  # noqa: PLC0415  its import takes longer than a whole start without seeding

    fake = Faker("en_US")
    fake.seed_instance(seed)
    users = []
    for number in range(1, 9):
        name = fake.unique.name()
        users.append(Attendee(f"u{number:02d}", f"{_mailbox(name)}@ourcompany.example"))
    contacts = []
    companies = [fake.unique.company() for _ in range(_ACCOUNTS)]
    for number in range(_PEOPLE):
        company = companies[number % _ACCOUNTS]
        account = RelatedTo("Account", str(5001 + number % _ACCOUNTS), company)
        name = fake.unique.name()
        contacts.append(Contact(7001 + number, name, f"{_mailbox(name)}@{_domain(company)}", account))
    return Pools(tuple(users), tuple(contacts))


def _mailbox(name: str) -> str:
    words = [word for word in name.lower().replace("'", "").split() if not word.endswith(".")]
    return f"{words[0]}.{words[-1]}"


def _domain(company: str) -> str:
    return "".join(letter for letter in company.lower().split()[0] if letter.isalnum()) + ".example"


def invent(count: int, seed: int, start: datetime, end: datetime, next_id: Callable[[], str]) -> Iterator[Event]:
    """`count` events that begin between two instants, drawn from `seed` alone.

    `next_id` is asked once for each event, after the one before has been taken over.
    """
    if not count:
        return
    chance, pools = Random(seed), _pools(seed)
    days = max(1, (end - start) // DAY)
    for _ in range(count):
        day = midnight(start) + chance.randrange(days) * DAY
        while day.weekday() > 4 and chance.random() < 0.9:
            day = midnight(start) + chance.randrange(days) * DAY
        event = _event(chance, pools, day, next_id())
        yield event if start <= event.start < end else _moved(event, start + chance.random() * (end - start))


def _moved(event: Event, begins: datetime) -> Event:
    """The event at another time, when a narrow window left it none of the usual ones."""
    begins = floor_to(begins, MILLISECOND)
    return replace(event, start=begins, end=begins + min(event.end - event.start, DAY), all_day=False)


def _event(chance: Random, pools: Pools, day: datetime, event_id: str) -> Event:
    kind = chance.random()
    if kind < 0.06:
        return _away(chance, pools, day, event_id)
    if kind < 0.4:
        return _internal(chance, pools, day, event_id)
    return _with_customer(chance, pools, day, event_id)


def _away(chance: Random, pools: Pools, day: datetime, event_id: str) -> Event:
    subject, length = chance.choice((("Out of office", 1), ("Vacation", 5), ("Trade fair", 3), ("Public holiday", 1)))
    end = min(day + length * DAY, midnight(END))
    who = replace(chance.choice(pools.users), status="Accepted")
    return Event(event_id, day, end, subject, all_day=True, private=subject == "Vacation", attendees=(who,))


def _times(chance: Random, day: datetime, lengths: tuple[int, ...]) -> tuple[datetime, datetime]:
    begins = day + timedelta(hours=8) + chance.randrange(36) * _QUARTER
    return begins, begins + timedelta(minutes=chance.choice(lengths))


def _internal(chance: Random, pools: Pools, day: datetime, event_id: str) -> Event:
    subject = chance.choice(
        ("Pipeline review", "Forecast call", "Team stand-up", "1:1", "Deal desk", "Onboarding", "Quarterly planning")
    )
    begins, ends = _times(chance, day, (15, 30, 30, 60, 90))
    users = chance.sample(pools.users, 2 if subject == "1:1" else chance.randint(2, 5))
    return Event(
        event_id,
        begins,
        ends,
        subject,
        location=chance.choice((*_ROOMS, None)),
        private=subject == "1:1" and chance.random() < 0.5,
        attendees=tuple(replace(user, status=chance.choice(_ANSWERS)) for user in users),
    )


def _with_customer(chance: Random, pools: Pools, day: datetime, event_id: str) -> Event:
    contact = chance.choice(pools.contacts)
    company = contact.account.name
    what = chance.choice(("Demo", "Discovery call", "Proposal review", "Contract negotiation", "Check-in", "Renewal"))
    begins, ends = _times(chance, day, (30, 30, 45, 60, 60, 90))
    owner = replace(chance.choice(pools.users), status="Accepted")
    guest = Attendee(email_address=contact.email, contact_id=contact.id, status=chance.choice(_ANSWERS))
    links = [RelatedTo("Contact", str(contact.id), contact.name), contact.account]
    if what in ("Proposal review", "Contract negotiation", "Renewal"):
        links.append(RelatedTo("Opportunity", str(9000 + int(contact.account.id) % 1000), f"{company}: {what}"))
    return Event(
        event_id,
        begins,
        ends,
        f"{what} with {company}",
        description=chance.choice(
            (None, f"{contact.name} asked for an agenda beforehand.", "Bring the new price list.")
        ),
        location=chance.choice((f"https://meet.example/{contact.id}", *_ROOMS[:2], None)),
        attendees=(owner, guest),
        related_to=tuple(chance.sample(links, len(links))),
    )


def reworked(event: Event, chance: Random) -> Event:
    """The event after a small edit, such as a colleague makes."""
    edit = chance.randrange(3)
    if edit == 0:
        by = chance.choice((-7, -1, 1, 2, 7)) * DAY
        if BEGINNING - event.start <= by <= END - event.end:
            return replace(event, start=event.start + by, end=event.end + by)
    if edit == 1:
        return replace(event, location=chance.choice([room for room in _ROOMS if room != event.location]))
    mark = chance.choice(("rescheduled", "confirmed", "moved again", "please prepare"))
    return replace(event, subject=f"{(event.subject or 'Meeting').split(' (')[0]} ({mark})")
