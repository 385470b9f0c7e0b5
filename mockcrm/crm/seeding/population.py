"""The colleagues and customers of a CRM: those who are there, and those who are invented when they are needed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol, cast

from mockcrm.base.declaring import dataclass
from mockcrm.crm.event import RelatedTo
from mockcrm.crm.seeding.details import DEALS
from mockcrm.crm.seeding.members import OFFICES, CastPlace, Customer, Employee, Guest, Office
from mockcrm.crm.seeding.people import COLLEAGUES_OF_A_LOCALE, FIRMS_OF_A_LOCALE, OUR_DOMAIN, people_of_firm

MAX_USUAL_NAME = 200
"""The longest name or address of somebody who is drawn upon."""
_USERS_OF_AN_OFFICE = 6
_LEAST_TEAM = 2
_ENOUGH_COLLEAGUES = 8
_ENOUGH_GUESTS = 30


class There(Protocol):
    """What a CRM has, and the ids that it will give."""

    def live(self, kind: str) -> Sequence[Any]:
        """The records of a kind that are not deleted."""

    def label(self, record: Any) -> str:
        """What people call a record."""

    def ids(self, kind: str) -> Iterator[str]:
        """The ids of the next new records of a kind, always the same iterator."""


@dataclass(frozen=True, slots=True)
class Casting:
    """Who is drawn upon: the invented people of some locales, as long as the CRM has no others; else its own.

    Where the locales are `chosen`, only the invented ones are. Where the CRM is `settled`, they no longer are once it
    has enough of its own, whoever invented those.
    """

    locales: tuple[str, ...]
    chosen: bool = False
    settled: bool = False

    def has_enough(self, many: int, enough: int) -> bool:
        """Whether the CRM keeps to those who are there, `many`, whoever invented them."""
        return self.settled and not self.chosen and many >= enough


def team_of(there: There, choice: Casting) -> Sequence[Sequence[Employee]]:
    """The colleagues, by office. Of invented ones, the CRM's own are joined by so many that there are two."""
    users = {_address(each): each for each in _of_usual_length(there, "user") if each.active}
    offices = _invented_offices(choice.locales)
    if not users:
        return offices
    if not choice.has_enough(len(users), _ENOUGH_COLLEAGUES):
        invented = {f"{origin_of(each).colleague.local}@{OUR_DOMAIN}": each for office in offices for each in office}
        if choice.chosen or users.keys() <= invented.keys():
            for address in users.keys() & invented.keys():
                _become_user(invented[address], users[address])
            return offices
    own = [_become_user(Employee(OFFICES[0]), each) for each in users.values()]
    return _by_zone([*own, *islice(offices[0], max(0, _LEAST_TEAM - len(own)))])


def _invented_offices(locales: Sequence[str]) -> Sequence[Sequence[Employee]]:
    offices: list[list[Employee]] = [[] for _ in OFFICES]
    for number, locale in enumerate(locales):
        for place in range(min(COLLEAGUES_OF_A_LOCALE, len(OFFICES) * _USERS_OF_AN_OFFICE // len(locales) + 1)):
            office = (number + place) % len(OFFICES)
            offices[office].append(Employee(OFFICES[office], CastPlace(locale, place)))
    return offices


def origin_of(one: Employee | Customer) -> CastPlace:
    """Which of the invented ones somebody is, who is known to be one."""
    return cast(CastPlace, one.origin)


def _become_user(colleague: Employee, user: Any) -> Employee:
    if user.timezone != colleague.office.zone:
        colleague.office = _office(user.timezone)
    colleague.become(user.id, user.name, user.emailAddress)
    return colleague


def _office(zone: str | None) -> Office:
    """The office of somebody who works in a time zone."""
    known = (each for each in OFFICES if each.zone == zone)
    return next(known, Office((zone or "UTC").rpartition("/")[2].replace("_", " "), zone or "UTC"))


def _by_zone(people: Sequence[Employee]) -> Sequence[Sequence[Employee]]:
    """People by their time zones. Those who are alone in theirs are together: everybody has somebody to meet."""
    groups: dict[str, list[Employee]] = {}
    for each in people:
        groups.setdefault(each.office.zone, []).append(each)
    offices = [group for group in groups.values() if len(group) > 1]
    alone = [group[0] for group in groups.values() if len(group) == 1]
    if len(alone) == 1:
        offices[0] += alone
    return [*offices, alone] if len(alone) > 1 else offices


# Customers


def customers_of(there: There, choice: Casting) -> Sequence[Customer]:
    """The companies with people to meet. Of invented ones, the CRM's own are joined only if there is nobody to meet."""
    known = _known(there)
    if choice.has_enough(known.guests, _ENOUGH_GUESTS):
        return [each for each in _own_customers(there, known) if each.people]
    invented = invented_customers(choice.locales)
    if not known.accounts and not known.guests:
        return invented
    companies = {origin_of(each).firm.name: each for each in invented}
    people = dict(_invented_people(invented))
    if choice.chosen or known.are_among(companies, people):
        _recognize(there, known, companies, people)
        return invented
    own = _own_customers(there, known)
    if any(each.people for each in own):
        return [each for each in own if each.people]
    return _with_people(own, invented)


class _Known(NamedTuple):
    """The records of companies, people and deals that a CRM has. All people can be invited."""

    accounts: Sequence[Any]
    contacts: Sequence[Any]
    leads: Sequence[Any]
    opportunities: Sequence[Any]

    @property
    def guests(self) -> int:
        """How many people there are."""
        return len(self.contacts) + len(self.leads)

    def are_among(self, companies: Collection[str], people: Collection[str]) -> bool:
        """Whether all are among companies, by name, and people, by address."""
        return all(each.name in companies for each in self.accounts) and all(
            _address(each) in people for each in (*self.contacts, *self.leads)
        )


def _known(there: There) -> _Known:
    accounts, contacts, leads, opportunities = (
        _of_usual_length(there, kind) for kind in ("account", "contact", "lead", "opportunity")
    )
    # As attendees, leads have nothing but an address.
    return _Known(accounts, contacts, [each for each in leads if each.emailAddress], opportunities)


def _of_usual_length(there: There, kind: str) -> list[Any]:
    """The records of a kind, without any whose name or address is so long that it would swell each event."""
    return [
        each
        for each in there.live(kind)
        if len(there.label(each)) <= MAX_USUAL_NAME and len(_address(each)) <= MAX_USUAL_NAME
    ]


def _recognize(there: There, known: _Known, companies: Mapping[str, Customer], people: Mapping[str, Guest]) -> None:
    """Give the invented companies and people whom the CRM has their records."""
    for account in known.accounts:
        if customer := companies.get(account.name):
            customer.become(account.id, account.name, account.domain)
    for records, is_lead in ((known.leads, True), (known.contacts, False)):
        for each in records:
            if guest := people.get(_address(each)):
                guest.is_lead = is_lead
                guest.become(each.id, there.label(each), each.emailAddress)
    _add_opportunities(there, known, companies.values())


def invented_customers(locales: Sequence[str]) -> Sequence[Customer]:
    """The invented companies of some locales, of which the CRM knows nothing yet."""
    return [
        Customer(
            [Guest(place % 2 == 1 and at % 2 == 0, at) for at in range(people_of_firm(place))],
            bought=place % 2 == 0,
            origin=CastPlace(locale, place),
        )
        for locale in locales
        for place in range(FIRMS_OF_A_LOCALE)
    ]


def _invented_people(customers: Iterable[Customer]) -> Iterator[tuple[str, Guest]]:
    for customer in customers:
        firm = origin_of(customer).firm
        for guest in customer.people:
            yield f"{firm.people[guest.place].local}@{firm.domain}", guest


def _address(record: Any) -> str:
    return (getattr(record, "emailAddress", None) or "").casefold()


def _own_customers(there: There, known: _Known) -> Sequence[Customer]:
    """The companies that the CRM has, with their contacts and leads. A person without a company is alone."""
    by_id: dict[str, Customer] = {}
    by_name: dict[str, Customer] = {}
    for account in known.accounts:
        by_id[account.id] = by_name[account.name] = customer = Customer([], bought=True)
        customer.become(account.id, account.name, account.domain)
    alone: list[Customer] = []
    employers = [(each, False, by_id.get(each.accountId)) for each in known.contacts]
    employers += [(each, True, by_name.get(each.company)) for each in known.leads]
    for each, is_lead, employer in employers:
        guest = Guest(is_lead)
        guest.become(each.id, there.label(each), each.emailAddress)
        if employer is None:
            alone.append(Customer([guest], bought=not is_lead, name=guest.name))
        else:
            employer.people.append(guest)
    _add_opportunities(there, known, by_id.values())
    return [*by_id.values(), *alone]


def _with_people(customers: Sequence[Customer], invented: Sequence[Customer]) -> Sequence[Customer]:
    """Companies without people, each with those of an invented one. If there is none, the invented ones."""
    for place, customer in enumerate(customers):
        lender = invented[place % len(invented)]
        customer.people = [Guest(is_lead=False, place=each.place) for each in lender.people]
        customer.origin = lender.origin
    return customers or invented


def _add_opportunities(there: There, known: _Known, customers: Iterable[Customer]) -> None:
    by_account = {each.link.id: each for each in customers if each.link}
    for opportunity in known.opportunities:
        if (customer := by_account.get(opportunity.accountId)) is not None:
            name = there.label(opportunity)
            deal = name.rpartition(": ")[2]
            sold = customer.opportunities
            place = DEALS.index(deal) if deal in DEALS else next(at for at in range(len(sold) + 1) if at not in sold)
            sold[place] = RelatedTo("Opportunity", opportunity.id, name, resolves=True)
