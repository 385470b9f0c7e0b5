"""Records that are invented for their own sake, and not because an event needs them. Kinds name these functions."""

from random import Random

from mockcrm.crm.seeding.details import DEALS, RecordValues, account_values, person_values, user_values
from mockcrm.crm.seeding.members import OFFICES
from mockcrm.crm.seeding.people import OUR_DOMAIN
from mockcrm.crm.seeding.world import World, one_of


def new_user(chance: Random, world: World) -> RecordValues:
    person = world.stranger(chance)
    return user_values(person.name, world.new_address(person, OUR_DOMAIN), one_of(chance, OFFICES).zone)


def new_contact(chance: Random, world: World) -> RecordValues:
    """Somebody at a customer, whose account is made if there is none."""
    customer, person = world.customer(chance), world.stranger(chance)
    address = world.new_address(person, customer.domain or "customer.example")
    values = person_values(chance, person, address, world.colleague(chance).id)
    return {**values, "accountId": customer.account_id}


def new_lead(chance: Random, world: World) -> RecordValues:
    """Somebody at a company of which the CRM need not know."""
    company, domain = world.company(chance)
    person = world.stranger(chance)
    values = person_values(chance, person, world.new_address(person, domain), world.colleague(chance).id)
    return {**values, "company": company}


def new_account(chance: Random, world: World) -> RecordValues:
    name, domain = world.new_company(chance)
    return account_values(chance, name, domain, world.colleague(chance).id)


def new_opportunity(chance: Random, world: World) -> RecordValues:
    """A deal with a customer, whose account is made if there is none, and with the contacts that are there."""
    customer = world.customer(chance)
    values = world.opportunity_values(chance, customer, int(chance.random() * len(DEALS)), world.colleague(chance).id)
    return {**values, "contactIds": customer.contact_ids}


_SUBJECTS = ("Our offer", "Next steps", "Questions before the demo", "Minutes", "Signed contract", "Change of date")


def new_email(chance: Random, world: World) -> RecordValues:
    """An e-mail between a colleague and somebody at a customer, one way or the other."""
    colleague, guest = world.colleague(chance), world.guest(chance)
    ours, theirs = (colleague.name, colleague.address), (guest.name, guest.address)
    (name, address), (greeted, to) = (ours, theirs) if chance.random() < 0.5 else (theirs, ours)
    number = f"{chance.getrandbits(48):012x}"
    return {
        "msgId": number,
        "rfc822MsgId": f"<{number}@mail.example>",
        "subject": one_of(chance, _SUBJECTS),
        "fromName": name,
        "fromAddress": address,
        "toAddresses": (to,) if to else (),
        "textBody": f"Hello {greeted},\n\nplease see below.\n\n{name}",
        "receivedAt": world.moment(chance),
        "relatedTo": (guest.link,) if guest.link else (),
    }


def new_calendar(chance: Random, world: World) -> RecordValues:
    """A calendar of a colleague."""
    colleague = world.colleague(chance)
    topic = one_of(chance, ("holidays", "customer visits", "on call"))
    return {"name": f"{colleague.name}: {topic}", "ownerId": colleague.id, "timezone": colleague.office.zone}
