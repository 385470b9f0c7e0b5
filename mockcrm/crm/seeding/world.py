"""Who and what there is in a CRM while records are invented for it, and what is added because they need it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any, TypeVar

from mockcrm.crm.event import RelatedTo
from mockcrm.crm.seeding.details import (
    DEALS,
    RecordValues,
    account_values,
    opportunity_values,
    person_values,
    user_values,
)
from mockcrm.crm.seeding.members import CastPlace, Customer, Employee, Guest
from mockcrm.crm.seeding.people import (
    CURRENCIES,
    FIRMS_OF_A_LOCALE,
    OUR_DOMAIN,
    Character,
    domain_of,
    local_part,
)
from mockcrm.crm.seeding.population import Casting, There, customers_of, invented_customers, origin_of, team_of

One = TypeVar("One")


class World:
    """The people and companies of a CRM, between two instants. Events lie in its `calendar`.

    Those who are invented are not there until they are needed. `made` has the values of what was added then, by kind
    and id.
    """

    def __init__(
        self, there: There, start: datetime, end: datetime, choice: Casting, calendar: str | None = None
    ) -> None:
        self.start, self.end, self.calendar = start, end, calendar
        self.made: dict[str, dict[str, RecordValues]] = {
            kind: {} for kind in ("user", "account", "contact", "lead", "opportunity")
        }
        self._there = there
        self._choice, self._locales = choice, choice.locales
        self._deals: list[tuple[RecordValues, Customer]] = []
        self._numbers: dict[str, int] = {}

    @cached_property
    def team(self) -> Sequence[Sequence[Employee]]:
        """The colleagues, by office."""
        return team_of(self._there, self._choice)

    @cached_property
    def customers(self) -> Sequence[Customer]:
        """The companies with people to meet."""
        return customers_of(self._there, self._choice)

    # Adding who is needed. What is said of them depends on who they are, and not on the seed.

    def employ(self, colleague: Employee) -> None:
        """Have a user for a colleague."""
        if not colleague.id:
            person = origin_of(colleague).colleague
            address = f"{person.local}@{OUR_DOMAIN}"
            values = user_values(person.name, address, colleague.office.zone)
            colleague.become(self._add("user", values), person.name, address)

    def open_account(self, customer: Customer, owner: str) -> None:
        """Have an account for an invented customer. A person without a company has none."""
        if customer.link is None and customer.origin is not None:
            firm = customer.origin.firm
            values = account_values(Random(firm.domain), firm.name, firm.domain, owner)
            customer.become(self._add("account", values), firm.name, firm.domain)

    def meet(self, customer: Customer, guest: Guest, owner: str) -> None:
        """Have a contact or a lead for a guest."""
        if guest.id:
            return
        firm = origin_of(customer).firm
        person = firm.people[guest.place]
        address = f"{person.local}@{customer.domain or firm.domain}"
        values = person_values(Random(address), person, address, owner)
        if guest.is_lead:
            values["company"] = customer.name
        else:
            values["accountId"] = customer.account_id
        guest.become(self._add("lead" if guest.is_lead else "contact", values), person.name, address)

    def deal(self, customer: Customer, deal: int, owner: str) -> RelatedTo | None:
        """The link to what is sold to a customer. One of the CRM's own has only what it has."""
        sold = customer.opportunities
        if deal not in sold and customer.origin is not None and customer.link is not None:
            values = self.opportunity_values(Random(f"{customer.name} {deal}"), customer, deal, owner)
            self._deals.append((values, customer))
            sold[deal] = RelatedTo("Opportunity", self._add("opportunity", values), values["name"], resolves=True)
        return sold.get(deal) or next(iter(sold.values()), None)

    def opportunity_values(self, chance: Random, customer: Customer, deal: int, owner: str) -> RecordValues:
        """What is said of something that is sold to a customer with an account."""
        return opportunity_values(
            chance,
            f"{customer.name}: {DEALS[deal]}",
            account=customer.account_id,
            owner=owner,
            won=customer.bought and deal == 0,
            currency=CURRENCIES[customer.origin.locale if customer.origin else self._locales[0]],
            around=self.start,
        )

    def _add(self, kind: str, values: RecordValues) -> str:
        record_id = next(self._there.ids(kind))
        self.made[kind][record_id] = values
        return record_id

    def finish(self) -> None:
        """Tell the opportunities that were added the contacts who were met."""
        for values, customer in self._deals:
            values["contactIds"] = customer.contact_ids

    # What kinds ask for when their records are invented

    def colleague(self, chance: Random) -> Employee:
        """One who works with the CRM, with `id`, `name` and `address`."""
        colleague = one_of(chance, one_of(chance, self.team))
        self.employ(colleague)
        return colleague

    def customer(self, chance: Random) -> Customer:
        """A company with an account."""
        customer = one_of(chance, self._companies)
        if customer.link is None:
            self.open_account(customer, self.colleague(chance).id)
        return customer

    @cached_property
    def _companies(self) -> Sequence[Customer]:
        return [each for each in self.customers if each.link or each.origin] or invented_customers(self._locales)

    def guest(self, chance: Random) -> Guest:
        """A contact or a lead, with `id`, `name`, `link`, and perhaps an `address`."""
        customer = one_of(chance, self.customers)
        guest = one_of(chance, customer.people)
        if not guest.id:
            owner = self.colleague(chance).id
            self.open_account(customer, owner)
            self.meet(customer, guest, owner)
        return guest

    def moment(self, chance: Random) -> datetime:
        """An instant between the two, to the second."""
        return self.start + timedelta(seconds=int(chance.random() * (self.end - self.start).total_seconds()))

    def stranger(self, chance: Random) -> Character:
        """A person with a new combination of the invented names."""
        cast = CastPlace(one_of(chance, self._locales), 0).cast
        people = [each for firm in cast.firms for each in firm.people]
        first, last = one_of(chance, people), one_of(chance, people)
        name = f"{first.first} {last.last}".strip()
        return Character(name, first.first, last.last, local_part(name, last.local))

    def new_address(self, person: Character, domain: str) -> str:
        """An address at a domain, made from a person's name, that nobody has."""
        return f"{self._unused(self._addresses, person.local, f'@{domain}')}@{domain}"

    def company(self, chance: Random) -> tuple[str, str]:
        """Name and domain of a company, whether it has an account or not."""
        firm = CastPlace(one_of(chance, self._locales), int(chance.random() * FIRMS_OF_A_LOCALE)).firm
        return firm.name, firm.domain

    def new_company(self, chance: Random) -> tuple[str, str]:
        """Name and domain of a company that has no account."""
        firm, domain = self.company(chance)
        name = self._unused(self._company_names, firm, gap=" ")
        number = name[len(firm) + 1 :]
        return name, domain_of(f"{domain.partition('.')[0]} {number}", "")

    def _unused(self, taken: set[str], name: str, ending: str = "", *, gap: str = "") -> str:
        """A name, with a number behind it if it is taken with its ending."""
        unused, whole = name, f"{name}{ending}"
        while (folded := f"{unused}{ending}".casefold()) in taken:
            number = self._numbers[whole] = self._numbers.get(whole, 1) + 1
            unused = f"{name}{gap}{number}"
        taken.add(folded)
        return unused

    @cached_property
    def _addresses(self) -> set[str]:
        return {str(each.emailAddress).casefold() for kind in ("user", "contact", "lead") for each in self._all(kind)}

    @cached_property
    def _company_names(self) -> set[str]:
        return {each.name.casefold() for each in self._all("account")}

    def _all(self, kind: str) -> Iterable[Any]:
        return self._there.live(kind)


Inventor = Callable[[Random, World], Mapping[str, Any]]
"""Makes the values, by attribute, of one more record of a kind, drawn by chance and with the people of a world."""


def one_of(chance: Random, things: Sequence[One]) -> One:
    """One of some things. Several times as fast as `Random.choice`."""
    return things[int(chance.random() * len(things))]
