"""Invented people and companies, the same in every calendar, with names from Faker (`docs/explanation/seeding.md`)."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from importlib.util import find_spec
from threading import Lock

from mockcrm.base.declaring import dataclass

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
_CURRENCIES = "USD EUR EUR JPY UAH GBP INR EUR EUR EUR PLN BRL SEK CNY KRW SAR"
CURRENCIES = dict(zip(KNOWN_LOCALES, re.findall("[A-Z]+", _CURRENCIES), strict=True))
"""What companies pay in, by their locale."""
OUR_DOMAIN = "ourcompany.example"
"""What stands behind the `@` of a colleague."""

FIRMS_OF_A_LOCALE = 25
COLLEAGUES_OF_A_LOCALE = 25
_COLLEAGUES_FIRST = 5
"""How many colleagues' names are drawn before the companies' of a locale: as many as the default locales have each."""
_STRANGERS_OF_A_LOCALE = 60
_FAMILY_NAME_FIRST = ("ja_JP", "zh_CN", "ko_KR")
_TITLES = ("пан", "пані", "добродій", "добродійка", "pan", "pani", "Dr", "Mr", "Mrs", "Ms", "Miss")


@dataclass(frozen=True, slots=True)
class Character:
    """An invented person. `local` is what stands before the `@` of the address."""

    name: str
    first: str
    last: str
    local: str


@dataclass(frozen=True, slots=True)
class Firm:
    """An invented company, with its people."""

    name: str
    domain: str
    people: tuple[Character, ...]


class Cast:
    """The invented people and companies of one locale, always the same. Faker is asked for those who are needed.

    It gives names in one order only: some colleagues, the companies, their people, and the other colleagues.
    """

    def __init__(self, locale: str) -> None:
        self._locale, self._number = locale, KNOWN_LOCALES.index(locale) + 1
        self._to_come = _names(locale)
        self._given: list[list[str]] = []
        self._one_at_a_time = Lock()

    def _names(self, part: int) -> list[str]:
        """A part of the names, by its place in their order."""
        with self._one_at_a_time:
            while len(self._given) <= part:
                self._given.append(next(self._to_come))
        return self._given[part]

    def colleague(self, place: int) -> Character:
        names, at = (
            (self._names(0), place) if place < _COLLEAGUES_FIRST else (self._names(3), place - _COLLEAGUES_FIRST)
        )
        return _colleague(names[at], f"u{self._number}{place + 1:02d}")

    @property
    def colleagues(self) -> Sequence[Character]:
        return [self.colleague(place) for place in range(COLLEAGUES_OF_A_LOCALE)]

    @cached_property
    def firms(self) -> Sequence[Firm]:
        return [*_firms(self._locale, 100 * self._number, self._names(1), self._names(2))]


@lru_cache(maxsize=len(KNOWN_LOCALES))
def cast_of(locale: str) -> Cast:
    """The people and companies of a locale."""
    return Cast(locale)


def _names(locale: str) -> Iterator[list[str]]:
    """The names of a locale, part by part. The first one takes some milliseconds."""
    from faker import Faker  # noqa: PLC0415  its import takes longer than a whole start without seeding

    fake = Faker(locale, providers=[_provider(each, locale) for each in ("person", "company")])
    fake.seed_instance(f"mockcrm {locale}")
    name, company = fake.unique.name, fake.unique.company
    yield [_plain_name(name) for _ in range(_COLLEAGUES_FIRST)]
    yield [company() for _ in range(FIRMS_OF_A_LOCALE)]
    yield [_plain_name(name) for _ in range(_STRANGERS_OF_A_LOCALE)]
    yield [_plain_name(name) for _ in range(COLLEAGUES_OF_A_LOCALE - _COLLEAGUES_FIRST)]


def _provider(name: str, locale: str) -> str:
    """The module of Faker that has a locale's names. Asked for that of all locales, Faker looks through their folders.

    Where a locale has none of its own, Faker knows whose it takes.
    """
    general = f"faker.providers.{name}"
    own = f"{general}.{locale}"
    return own if find_spec(own) else general


def people_of_firm(place: int) -> int:
    """How many people the company at a place has, in any locale."""
    return len(range(place, _STRANGERS_OF_A_LOCALE, FIRMS_OF_A_LOCALE))


def everybody() -> Iterator[tuple[str, str]]:
    """Name and address of each person of the default locales."""
    for locale in LOCALES:
        cast = cast_of(locale)
        yield from ((each.name, f"{each.local}@{OUR_DOMAIN}") for each in cast.colleagues)
        yield from ((each.name, f"{each.local}@{firm.domain}") for firm in cast.firms for each in firm.people)


def domain_of(company: str, fallback: str) -> str:
    """A domain made from a company's name, or from the fallback if that does not begin with plain Latin letters."""
    words = [_latin(word) for word in company.replace("-", " ").split()]
    return f"{'-'.join(filter(None, words))[:60] if words[0] else fallback}.example"


def local_part(name: str, fallback: str) -> str:
    """What stands before the `@`: first and last name, or the fallback if they are not in plain Latin letters."""
    words = [word for word in map(_latin, name.split()) if len(word) > 1]
    return ".".join((words[0], words[-1])) if len(words) > 1 else fallback


def _plain_name(name: Callable[[], str]) -> str:
    """A name without a title. Faker gives titles more often than calendars do."""
    found = next(each for each in iter(name, None) if "." not in each)
    return " ".join(word for word in found.split() if word not in _TITLES)


def _colleague(name: str, fallback: str) -> Character:
    return Character(name, "", "", local_part(name, fallback))


def _firms(locale: str, first: int, companies: list[str], strangers: list[str]) -> Iterator[Firm]:
    for place, company in enumerate(companies):
        number = first + place
        people = enumerate(strangers[place::FIRMS_OF_A_LOCALE])
        yield Firm(
            company,
            domain_of(company, f"customer{number}"),
            tuple(_stranger(locale, name, f"c{10 * number + at}") for at, name in people),
        )


def _stranger(locale: str, name: str, fallback: str) -> Character:
    first, last = _first_and_last(name, family_first=locale in _FAMILY_NAME_FIRST)
    return Character(f"{first} {last}".strip(), first, last, local_part(name, fallback))


def _first_and_last(name: str, *, family_first: bool) -> tuple[str, str]:
    one, _, other = name.partition(" ")
    if family_first:
        return (other, one) if other else (name[1:], name[:1])
    return (one, other) if other else ("", name)


def _latin(word: str) -> str:
    """The word in lower case if it is in plain Latin letters; else an empty text."""
    return "".join(letter for letter in word.lower() if letter.isalnum()) if word.isascii() else ""
