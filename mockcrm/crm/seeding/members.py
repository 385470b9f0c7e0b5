"""The people and companies that invented events draw upon. Those that no record describes yet have no id."""

from dataclasses import field

from mockcrm.base.declaring import dataclass
from mockcrm.crm.event import Attendee, RelatedTo
from mockcrm.crm.seeding.people import Cast, Character, Firm, cast_of


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
class CastPlace:
    """Which of the invented people or companies somebody is: the place among those of a locale."""

    locale: str
    place: int

    @property
    def cast(self) -> Cast:
        return cast_of(self.locale)

    @property
    def colleague(self) -> Character:
        return self.cast.colleague(self.place)

    @property
    def firm(self) -> Firm:
        return self.cast.firms[self.place]


@dataclass(slots=True, eq=False)
class Employee:
    """One who works with the CRM. Without an `id`, there is no user yet."""

    office: Office
    origin: CastPlace | None = None
    id: str = ""
    name: str = ""
    address: str | None = None
    _answers: dict[str, Attendee] = field(default_factory=dict)

    def become(self, user_id: str, name: str, address: str | None) -> None:
        """Be the one whom a user describes."""
        self.id, self.name, self.address = user_id, name, address

    def answering(self, status: str) -> Attendee:
        """The attendee with a status, one object however often they are invited."""
        if (found := self._answers.get(status)) is None:
            found = self._answers[status] = Attendee(self.id, self.address, status=status)
        return found


@dataclass(slots=True, eq=False)
class Guest:
    """A person at a customer. Without an `id`, there is no contact or lead yet.

    `place` is that among the people of an invented company.
    """

    is_lead: bool
    place: int = 0
    id: str = ""
    name: str = ""
    address: str | None = None
    link: RelatedTo | None = None
    _answers: dict[str, Attendee] = field(default_factory=dict)

    def become(self, record_id: str, name: str, address: str | None) -> None:
        """Be the one whom a contact or a lead describes."""
        self.id, self.name, self.address = record_id, name, address
        self.link = RelatedTo("Lead" if self.is_lead else "Contact", record_id, name, resolves=True)

    def answering(self, status: str) -> Attendee:
        """The attendee with a status, one object however often they are invited."""
        if (found := self._answers.get(status)) is None:
            contact_id = None if self.is_lead else _contact_id(self.id)
            found = self._answers[status] = Attendee(None, self.address, contact_id, status)
        return found


@dataclass(slots=True, eq=False)
class Customer:
    """A customer or a prospect: its people, its opportunities, and whether it has bought.

    `link` is that to its account, if there is one. One without an `origin` is in the CRM already.
    """

    people: list[Guest]
    bought: bool
    origin: CastPlace | None = None
    name: str = ""
    domain: str | None = None
    link: RelatedTo | None = None
    opportunities: dict[int, RelatedTo] = field(default_factory=dict)

    def become(self, account_id: str, name: str, domain: str | None) -> None:
        """Be the company that an account describes."""
        self.name, self.domain = name, domain
        self.link = RelatedTo("Account", account_id, name, resolves=True)

    @property
    def account_id(self) -> str | None:
        return self.link.id if self.link else None

    @property
    def contact_ids(self) -> tuple[str, ...]:
        """The ids of its people who are contacts."""
        return tuple(each.id for each in self.people if each.id and not each.is_lead)


def _contact_id(record_id: str) -> int | str:
    """The `contactId` of an attendee: a Long where ids are digits (contract, section 8)."""
    return int(record_id) if record_id.isdigit() else record_id
