"""What invented records of people and companies say, by the names of their fields (contract, section 8)."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from mockcrm.crm.seeding.people import Character

RecordValues = dict[str, Any]
"""A record's values by attribute, without its id."""

DEALS = ("new business", "renewal", "expansion")
"""What is sold to a customer."""
_ORGANISATION = "ourcompany"
_INDUSTRIES = ("Manufacturing", "Logistics", "Health care", "Software", "Retail", "Energy", "Insurance", "Education")
_TITLES = (
    "Head of Procurement",
    "Chief Information Officer",
    "Operations Manager",
    "Project Manager",
    "Head of Sales",
    "Controller",
    "Managing Director",
    "Team Lead Applications",
)
_OPEN_STAGES = ("Qualification", "Discovery", "Proposal", "Negotiation")


def _one_of(chance: Random, words: tuple[str, ...]) -> str:
    return words[int(chance.random() * len(words))]


def user_values(name: str, address: str, zone: str) -> RecordValues:
    return {"orgId": _ORGANISATION, "name": name, "emailAddress": address, "timezone": zone}


def account_values(chance: Random, name: str, domain: str, owner: str) -> RecordValues:
    return {"name": name, "domain": domain, "industry": _one_of(chance, _INDUSTRIES), "ownerId": owner}


def person_values(chance: Random, person: Character, address: str, owner: str) -> RecordValues:
    """What contacts and leads have in common. One in four has a second address."""
    local = address.partition("@")[0]
    return {
        "firstName": person.first or None,
        "lastName": person.last,
        "emailAddress": address,
        "otherEmailAddresses": (f"{local}@private.example",) if chance.random() < 0.25 else (),
        "phone": f"+1 555 01{int(chance.random() * 100_000):05d}",
        "jobTitle": _one_of(chance, _TITLES),
        "ownerId": owner,
    }


def opportunity_values(
    chance: Random, name: str, *, account: str | None, owner: str, won: bool, currency: str, around: datetime
) -> RecordValues:
    """What may be sold to a company, or was: the deal is closed within three months before or after an instant."""
    days = int(chance.random() * 90)
    return {
        "name": name,
        "stage": "Closed Won" if won else _one_of(chance, _OPEN_STAGES),
        "amount": 500.0 * (2 + int(chance.random() * 200)),
        "currency": currency,
        "closed": won,
        "closeDate": (around + timedelta(days=-days if won else days)).date().isoformat(),
        "accountId": account,
        "contactIds": (),
        "ownerId": owner,
    }
