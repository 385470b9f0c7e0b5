"""The colleagues and customers of a CRM: those who are there, and those who are invented when they are needed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol, cast

from mockcrm.crm.event import RelatedTo
from mockcrm.crm.seeding.details import DEALS
from mockcrm.crm.seeding.members import OFFICES, Colleague, Customer, Guest, Office, Origin
from mockcrm.crm.seeding.people import COLLEAGUES_OF_A_LOCALE, FIRMS_OF_A_LOCALE, OUR_DOMAIN, people_of_firm

_USERS_OF_AN_OFFICE = 6
_LEAST_TEAM = 2


class There(Protocol):
    """What a CRM has, and the ids that it will give."""

    def live(self, kind: str) -> Sequence[Any]:
        """The records of a kind that are not deleted."""

    def label(self, record: Any) -> str:
        """What people call a record."""

    def ids(self, kind: str) -> Iterator[str]:
        """The ids of the next new records of a kind, always the same iterator."""


def team_of(there: There, locales: Sequence[str], *, chosen: bool) -> Sequence[Sequence[Colleague]]:
    """The colleagues, by office.

    They are the invented ones of the locales, if these were `chosen` or the CRM has no users but such; else its own,
    and invented ones only up to two.
    """
    users = {each.emailAddress.casefold(): each for each in there.live("user") if each.active}
    offices = _invented_offices(locales)
    if not users:
        return offices
    invented = {f"{origin_of(each).colleague.local}@{OUR_DOMAIN}": each for office in offices for each in office}
    if chosen or users.keys() <= invented.keys():
        for address in users.keys() & invented.keys():
            _become_user(invented[address], users[address])
        return offices
    own = [_become_user(Colleague(OFFICES[0]), each) for each in users.values()]
    return _by_zone([*own, *islice(offices[0], max(0, _LEAST_TEAM - len(own)))])


def _invented_offices(locales: Sequence[str]) -> Sequence[Sequence[Colleague]]:
    offices: list[list[Colleague]] = [[] for _ in OFFICES]
    for number, locale in enumerate(locales):
        for place in range(min(COLLEAGUES_OF_A_LOCALE, len(OFFICES) * _USERS_OF_AN_OFFICE // len(locales) + 1)):
            office = (number + place) % len(OFFICES)
            offices[office].append(Colleague(OFFICES[office], Origin(locale, place)))
    return offices


def origin_of(one: Colleague | Customer) -> Origin:
    """Which of the invented ones somebody is, who is known to be one."""
    return cast(Origin, one.origin)


def _become_user(colleague: Colleague, user: Any) -> Colleague:
    if user.timezone != colleague.office.zone:
        colleague.office = _office(user.timezone)
    colleague.become(user.id, user.name, user.emailAddress)
    return colleague


def _office(zone: str | None) -> Office:
    """The office of somebody who works in a time zone."""
    known = (each for each in OFFICES if each.zone == zone)
    return next(known, Office((zone or "UTC").rpartition("/")[2].replace("_", " "), zone or "UTC"))


def _by_zone(people: Sequence[Colleague]) -> Sequence[Sequence[Colleague]]:
    """People by their time zones. Those who are alone in theirs are together: everybody has somebody to meet."""
    groups: dict[str, list[Colleague]] = {}
    for each in people:
        groups.setdefault(each.office.zone, []).append(each)
    offices = [group for group in groups.values() if len(group) > 1]
    alone = [group[0] for group in groups.values() if len(group) == 1]
    if len(alone) == 1:
        offices[0] += alone
    return [*offices, alone] if len(alone) > 1 else offices


# Customers


def customers_of(there: There, locales: Sequence[str], *, chosen: bool) -> Sequence[Customer]:
    """The companies with people to meet: the invented ones of the locales, or the CRM's own, as in `team_of`."""
    accounts, contacts, leads = map(there.live, ("account", "contact", "lead"))
    invented = invented_customers(locales)
    if not (accounts or contacts or leads):
        return invented
    companies = {origin_of(each).firm.name: each for each in invented}
    people = dict(_invented_people(invented))
    known = [(_address(each), each, is_lead) for some, is_lead in ((leads, True), (contacts, False)) for each in some]
    if not chosen and not (
        all(each.name in companies for each in accounts) and all(address in people for address, _, _ in known)
    ):
        return _own_customers(there, invented)
    for account in accounts:
        if customer := companies.get(account.name):
            customer.become(account.id, account.name, account.domain)
    for address, record, is_lead in known:
        if guest := people.get(address):
            guest.is_lead = is_lead
            guest.become(record.id, there.label(record), record.emailAddress)
    _add_opportunities(there, invented)
    return invented


def invented_customers(locales: Sequence[str]) -> Sequence[Customer]:
    """The invented companies of some locales, of which the CRM knows nothing yet."""
    return [
        Customer(
            [Guest(place % 2 == 1 and at % 2 == 0, at) for at in range(people_of_firm(place))],
            bought=place % 2 == 0,
            origin=Origin(locale, place),
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
    return (record.emailAddress or "").casefold()


def _own_customers(there: There, invented: Sequence[Customer]) -> Sequence[Customer]:
    """The companies that the CRM has, with their contacts and leads. A person without a company is alone.

    Accounts without people count only if there are no others: people are invented for them.
    """
    accounts = {each.id: Customer([], bought=True, domain=each.domain) for each in there.live("account")}
    by_name: dict[str, Customer] = {}
    for each in there.live("account"):
        accounts[each.id].become(each.id, each.name, each.domain)
        by_name[each.name] = accounts[each.id]
    alone: list[Customer] = []
    for kind in ("contact", "lead"):
        for each in there.live(kind):
            guest = Guest(is_lead=kind == "lead")
            guest.become(each.id, there.label(each), each.emailAddress)
            customer = by_name.get(each.company) if guest.is_lead else accounts.get(each.accountId)
            if guest.is_lead and not each.emailAddress:
                continue
            if customer is None:
                customer = Customer([], bought=not guest.is_lead, name=guest.name)
                alone.append(customer)
            customer.people = [*customer.people, guest]
    found = [*(each for each in accounts.values() if each.people), *alone]
    _add_opportunities(there, accounts.values())
    return found or _with_people([*accounts.values()], invented) or invented


def _with_people(customers: Sequence[Customer], invented: Sequence[Customer]) -> Sequence[Customer]:
    """Companies without people, with those of an invented one each."""
    for place, customer in enumerate(customers):
        lender = invented[place % len(invented)]
        customer.people = [Guest(is_lead=False, place=each.place) for each in lender.people]
        customer.origin = lender.origin
    return customers


def _add_opportunities(there: There, customers: Iterable[Customer]) -> None:
    by_account = {each.link.id: each for each in customers if each.link}
    for opportunity in there.live("opportunity"):
        if (customer := by_account.get(opportunity.accountId)) is not None:
            name = there.label(opportunity)
            deal = name.rpartition(": ")[2]
            sold = customer.opportunities
            place = DEALS.index(deal) if deal in DEALS else next(at for at in range(len(sold) + 1) if at not in sold)
            sold[place] = RelatedTo("Opportunity", opportunity.id, name)
