"""The people and companies that recur throughout invented calendars, with Faker's names (`docs/seeding.md`)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from mockcrm.crm.event import Attendee, RelatedTo

LOCALES = ("en_US", "de_DE", "fr_FR", "ja_JP", "uk_UA")
"""Whose names fill the pools unless a caller says otherwise; Japanese and Ukrainian ones are not in Latin script."""
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
"""The locales that can be asked for."""

_USERS_OF_AN_OFFICE = 6
_CONTACTS_OF_A_LOCALE = 60
_ACCOUNTS_OF_A_LOCALE = 25


@dataclass(frozen=True, slots=True)
class Office:
    """A place where colleagues work, in its time zone."""

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
    """A colleague, with an attendee for each answer; `office` is the number of theirs."""

    name: str
    office: int
    answers: dict[str, Attendee]


@dataclass(frozen=True, slots=True)
class Account:
    """A customer, or one that is to be: its people, and what is sold to it."""

    company: RelatedTo
    people: tuple["Contact", ...]
    opportunities: tuple[RelatedTo, ...]
    bought: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody at a customer's, whom the CRM knows as a contact or still as a lead."""

    name: str
    link: RelatedTo
    answers: dict[str, Attendee]


@dataclass(frozen=True, slots=True)
class Pools:
    """The people and companies that recur throughout a calendar."""

    team: tuple[tuple[Person, ...], ...]
    accounts: tuple[Account, ...]


ANSWERS = ("Accepted", "Declined", "Tentative", "NeedsAction")


@lru_cache(maxsize=8)
def pools(locales: Sequence[str] = LOCALES) -> Pools:
    """The people and companies of some locales. They are the same whatever is drawn from them."""
    from faker import Faker  # noqa: PLC0415  its import takes longer than a whole start without seeding

    team: list[list[Person]] = [[] for _ in OFFICES]
    accounts: list[Account] = []
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
        accounts += _accounts(100 * (number + 1), companies, people)
    return Pools(tuple(map(tuple, team)), tuple(accounts))


def _plain_name(name: Callable[[], str]) -> str:
    """A name without titles, of which Faker is fonder than calendars are."""
    return next(found for found in iter(name, None) if "." not in found)


def _accounts(first: int, companies: list[str], people: list[str]) -> Iterator[Account]:
    for place, company in enumerate(companies):
        number = first + place
        domain = f"{_latin(company.split()[0]) or f'customer{number}'}.example"
        yield Account(
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
    return {status: replace(attendee, status=status) for status in ANSWERS}


def _address(name: str, fallback: str, domain: str) -> str:
    words = [word for word in map(_latin, name.split()) if len(word) > 1]
    return f"{'.'.join((words[0], words[-1])) if len(words) > 1 else fallback}@{domain}"


def _latin(word: str) -> str:
    """The word in lower case if it is in plain Latin letters, else nothing."""
    return "".join(letter for letter in word.lower() if letter.isalnum()) if word.isascii() else ""
