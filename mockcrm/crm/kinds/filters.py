"""The parameters by which a list of records chooses: `?domain=acme.example&ownerId=me` (contract, section 8)."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.crm.record import Record

ME = "me"
"""What a client calls the user of its own credentials."""
PRIMARY = "primary"
"""What the primary calendar is called in paths, whatever its id."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter. It may be sent several times: any of its values will do.

    `values` are those of a record that it compares, each as `folded` makes it; so is what was sent. `words` are all
    that may be sent, if not everything may. `alias` is the word that stands for an id which the CRM knows: `ME` for the
    caller's, `PRIMARY` for that of the primary calendar.
    """

    sentence: str
    values: Callable[[Any], Iterable[str | None]]
    folded: Callable[[str], str] = str
    words: tuple[str, ...] = ()
    alias: str = ""

    def test(self, wanted: Collection[str]) -> Callable[[Record], bool]:
        """Whether a record has one of the values that were sent."""
        sought = frozenset(map(self.folded, wanted))
        return lambda record: any(each is not None and self.folded(each) in sought for each in self.values(record))


def _one(attribute: str) -> Callable[[Any], Iterable[str | None]]:
    return lambda record: (getattr(record, attribute),)


def equal(attribute: str) -> Filter:
    """By a text, letter by letter."""
    return Filter(f"Only records with this `{attribute}`.", _one(attribute))


def address(attribute: str) -> Filter:
    """By an e-mail address. Addresses compare without case."""
    return Filter(f"Only records with this `{attribute}`, whatever its case.", _one(attribute), str.casefold)


def domain(attribute: str) -> Filter:
    """By a domain; of an address, by what stands behind its `@`."""

    def values(record: Any) -> Iterable[str | None]:
        whole = getattr(record, attribute)
        return (whole and whole.rpartition("@")[2],)

    return Filter(f"Only records whose `{attribute}` has this domain, whatever its case.", values, str.casefold)


def reference(attribute: str) -> Filter:
    """By the id of another record."""
    return Filter(f"Only records with this `{attribute}`.", _one(attribute))


def owner(attribute: str = "ownerId") -> Filter:
    """By the id of a user, or `me`."""
    return Filter(f"Only records with this `ownerId`; `{ME}` is the caller.", _one(attribute), alias=ME)


def calendar(attribute: str) -> Filter:
    """By the id of a calendar, or `primary`."""
    return Filter(f"Only records in this calendar; `{PRIMARY}` is the primary one.", _one(attribute), alias=PRIMARY)


def member(attribute: str, of: str) -> Filter:
    """By the id of another record that a list has."""
    return Filter(f"Only records whose `{of}` have this id.", lambda record: getattr(record, of))


def flag(attribute: str) -> Filter:
    """By `true` or `false`."""
    return Filter(
        f"Only records that are `{attribute}`, or that are not.",
        lambda record: ("true" if getattr(record, attribute) else "false",),
        words=("true", "false"),
    )
