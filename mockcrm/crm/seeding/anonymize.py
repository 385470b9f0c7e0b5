"""Replaces real people by invented ones, each by the same one throughout a calendar.

`docs/reference/fixtures.md` says what it does not find.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from random import Random

from mockcrm.base.declaring import dataclass
from mockcrm.crm.event import Attendee, Event
from mockcrm.crm.seeding.people import everybody

_WORDS_OF_A_NAME = 4
"""The most words in a row that are looked up as one name."""
_LEAST = 3
"""The least letters of a word that counts as a name by itself."""
_ADDRESS = r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}"
"""With limits, so that a long word without an `@` does not cost quadratic time."""
_LINK = r"\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>\"']+"
_DATE = r"(?:\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}|\d{4}/\d\d/\d\d)(?!\w)"
_WORD = r"[^\W\d_]+"
_TELLTALE = re.compile(
    rf"(?P<address>{_ADDRESS})"
    rf"|(?P<link>{_LINK})"
    rf"|(?P<date>(?<![\w+]){_DATE})"
    rf"|(?P<phone>(?<![\w.,])(?:\+|\(\+?)?\d(?:(?:\d|[ ()./-]{{1,3}}(?!{_DATE})\d)){{6,14}}(?!\w))"
    rf"|(?P<name>{_WORD}(?:[ ,.'-]{{1,2}}(?!{_ADDRESS}|{_LINK}){_WORD})*)",
    re.IGNORECASE,
)
_WORDS = re.compile(_WORD)


@dataclass(frozen=True, slots=True)
class Stranger:
    """An invented person."""

    name: str
    address: str


def identity(attendee: Attendee) -> str:
    """What identifies a person: the address or id, without regard to case."""
    return (attendee.email_address or attendee.user_id or "").casefold()


class Anonymizer:
    """Replaces the people of one calendar.

    `names` are their real names by identity. The same `seed` gives the same invented people.
    """

    def __init__(self, names: Mapping[str, str], seed: int) -> None:
        self._strangers = _strangers(seed)
        self._known: dict[str, Stranger] = {}
        self._links: dict[str, str] = {}
        self._phones: dict[str, str] = {}
        self._names: dict[tuple[str, ...], str] = {}
        for who, name in names.items():
            self._learn(name or _name_in(who), self.stranger(who))

    @property
    def people(self) -> int:
        """How many people were replaced."""
        return len(self._known)

    def stranger(self, who: str) -> Stranger:
        """The invented person who replaces somebody, known by an identity."""
        if who not in self._known:
            self._known[who] = next(self._strangers)
        return self._known[who]

    def _learn(self, name: str, stranger: Stranger) -> None:
        """Learn a name: as a whole, as one word, in the other order, and each of its words."""
        words = _words(name) if "@" not in name else ()
        if not words:
            return
        # Some names begin with a title.
        *_, first, last = 2 * stranger.name.split()[-2:]
        for whole in (words[:_WORDS_OF_A_NAME], (words[-1], *words[:-1])[:_WORDS_OF_A_NAME], ("".join(words),)):
            self._names.setdefault(whole, stranger.name)
        for place, word in enumerate(words):
            if len(word) >= _LEAST:
                self._names.setdefault((word,), last if place == len(words) - 1 else first)

    def event(self, event: Event) -> Event:
        """The event with its people replaced, in its texts too."""
        return replace(
            event,
            subject=self.text(event.subject),
            description=self.text(event.description),
            location=self.text(event.location),
            attendees=tuple(
                Attendee(email_address=self.stranger(identity(each)).address, status=each.status)
                for each in event.attendees
            ),
        )

    def text(self, text: str | None) -> str | None:
        """The text with names, addresses, links and telephone numbers replaced."""
        return text and _TELLTALE.sub(self._replaced, text)

    def _replaced(self, found: re.Match[str]) -> str:
        match found.lastgroup:
            case "address":
                return self.stranger(found[0].casefold()).address
            case "link":
                return self._links.setdefault(found[0], f"https://link.example/{len(self._links) + 1}")
            case "phone":
                return self._phones.setdefault(found[0], f"+1 555 01{len(self._phones) + 1:05d}")
            case "name":
                return self._named(found[0])
        return found[0]

    def _named(self, text: str) -> str:
        """A run of words with the longest names in it replaced."""
        words = list(_WORDS.finditer(text))
        replaced, done, at = "", 0, 0
        while at < len(words):
            for length in range(min(_WORDS_OF_A_NAME, len(words) - at), 0, -1):
                run = words[at : at + length]
                if (name := self._names.get(tuple(word[0].casefold() for word in run))) is not None:
                    replaced += text[done : run[0].start()] + name
                    done = run[-1].end()
                    at += length - 1
                    break
            at += 1
        return replaced + text[done:]


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORDS.findall(name))


def _name_in(who: str) -> str:
    """The name in an address of the form first.last@…; else an empty text."""
    found = re.fullmatch(rf"({_WORD})[._-]({_WORD})@.*", who)
    return " ".join(found.groups()) if found else ""


def _strangers(seed: int) -> Iterator[Stranger]:
    """The invented people in an order by `seed`, and after the last one the same people with numbers."""
    known = {address: name for name, address in everybody()}
    addresses = sorted(known)
    Random(seed).shuffle(addresses)
    yield from (Stranger(known[address], address) for address in addresses)
    for number in count(2):
        yield from (Stranger(f"{known[address]} {number}", f"{number}.{address}") for address in addresses)
