"""The people and companies in invented calendars, with names from Faker (`docs/explanation/seeding.md`)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from mockcrm.crm.event import STATUSES, Attendee, RelatedTo

LOCALES = ("en_US", "de_DE", "fr_FR", "ja_JP", "uk_UA")
"""The locales of the names by default. Japanese and Ukrainian names are not in Latin script."""
KNOWN_LOCALES = (
    *LOCALES,
    "en_GB",
    "en_IN",
    "es_ES",
    "it_IT",
    "nl_NL",
    "pl_PL",
    "pt_BR",
    "sv_SE",
    "zh_CN",
    "ko_KR",
    "ar_SA",
)
"""The locales that a caller may choose."""

_USERS_OF_AN_OFFICE = 6
_CONTACTS_OF_A_LOCALE = 60
_ACCOUNTS_OF_A_LOCALE = 25


@dataclass(frozen=True, slots=True)
class Office:
    """A place where colleagues work, with its time zone."""

    city: str
    zone: str


OFFICES = (
    Office("Berlin", "Europe/Berlin"),
    Office("Boston", "America/New_York"),
    Office("Osaka", "Asia/Tokyo"),
    Office("Pune", "Asia/Kolkata"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A colleague, with an attendee for each status. `office` is an index into `OFFICES`."""

    name: str
    office: int
    answers: dict[str, Attendee]


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer or a prospect: its people, its opportunities, and whether it has bought."""

    company: RelatedTo
    people: tuple["Contact", ...]
    opportunities: tuple[RelatedTo, ...]
    bought: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a customer, known to the CRM as a contact or still as a lead."""

    name: str
    link: RelatedTo
    answers: dict[str, Attendee]


@dataclass(frozen=True, slots=True)
class Pools:
    """The people and companies that recur in a calendar: colleagues by office, and customers."""

    team: tuple[tuple[Person, ...], ...]
    customers: tuple[Customer, ...]


@lru_cache(maxsize=8)
def pools(locales: Sequence[str] = LOCALES) -> Pools:
    """The people and companies of some locales, always the same."""
    from faker import Faker  # noqa: PLC0415  its import takes longer than a whole start without seeding

    team: list[list[Person]] = [[] for _ in OFFICES]
    customers: list[Customer] = []
    for number, locale in enumerate(locales):
        fake = Faker(locale)
        fake.seed_instance(f"mockcrm {locale}")
        for place in range(len(OFFICES) * _USERS_OF_AN_OFFICE // len(locales) + 1):
            user = f"u{number + 1}{place + 1:02d}"
            office = (number + place) % len(OFFICES)
            name = _plain_name(fake.unique.name)
            team[office].append(
                Person(name, office, _answers(Attendee(user, _address(name, user, "ourcompany.example"))))
            )
        companies = [fake.unique.company() for _ in range(_ACCOUNTS_OF_A_LOCALE)]
        people = [_plain_name(fake.unique.name) for _ in range(_CONTACTS_OF_A_LOCALE)]
        customers += _customers(100 * (number + 1), companies, people)
    return Pools(tuple(map(tuple, team)), tuple(customers))


def _plain_name(name: Callable[[], str]) -> str:
    """A name without a title. Faker gives titles more often than calendars do."""
    return next(found for found in iter(name, None) if "." not in found)


def _customers(first: int, companies: list[str], people: list[str]) -> Iterator[Customer]:
    for place, company in enumerate(companies):
        number = first + place
        domain = f"{_latin(company.split()[0]) or f'customer{number}'}.example"
        yield Customer(
            RelatedTo("Account", str(5000 + number), company),
            tuple(_contact(10 * number + at, name, domain) for at, name in enumerate(people[place :: len(companies)])),
            tuple(
                RelatedTo("Opportunity", str(90000 + 10 * number + at), f"{company}: {what}")
                for at, what in enumerate(("new business", "renewal", "expansion"))
            ),
            bought=place % 2 == 0,
        )


def _contact(number: int, name: str, domain: str) -> Contact:
    is_lead = number // 10 % 2 == 1 and number % 2 == 0
    link = RelatedTo("Lead" if is_lead else "Contact", str(70000 + number), name)
    address = _address(name, f"c{number}", domain)
    known = Attendee(email_address=address, contact_id=None if is_lead else 70000 + number)
    return Contact(name, link, _answers(known))


def _answers(attendee: Attendee) -> dict[str, Attendee]:
    return {status: replace(attendee, status=status) for status in STATUSES}


def _address(name: str, fallback: str, domain: str) -> str:
    words = [word for word in map(_latin, name.split()) if len(word) > 1]
    return f"{'.'.join((words[0], words[-1])) if len(words) > 1 else fallback}@{domain}"


def _latin(word: str) -> str:
    """The word in lower case if it is in plain Latin letters; else an empty text."""
    return "".join(letter for letter in word.lower() if letter.isalnum()) if word.isascii() else ""
