"""The kinds of people: users, who work with the CRM; contacts and leads, whom they meet (contract, section 8)."""

from mockcrm.base.schema.fields import Flag
from mockcrm.crm.kinds.declared import declared_kind
from mockcrm.crm.kinds.fields import IdText, Texts, Zone, name_text, text
from mockcrm.crm.kinds.filters import address, domain, owner, reference
from mockcrm.crm.kinds.kind_schema import KindSchema
from mockcrm.crm.kinds.label import named_by


class UserSchema(KindSchema):
    """A person who works with the CRM."""

    orgId = text()
    name = name_text()
    emailAddress = name_text()
    timezone = Zone()
    active = Flag(load_default=True)


class _PersonSchema(KindSchema):
    firstName = text()
    lastName = text()
    emailAddress = text()
    otherEmailAddresses = Texts()
    phone = text()
    jobTitle = text()


class ContactSchema(_PersonSchema):
    """A person at a customer. `lastName` or `emailAddress` must be there."""

    accountId = IdText("account")
    ownerId = IdText("user")


class LeadSchema(_PersonSchema):
    """A person who may become a contact. `lastName` or `emailAddress` must be there."""

    company = text()
    convertedContactId = IdText("contact")
    ownerId = IdText("user")


USER = declared_kind(
    "user",
    UserSchema,
    prefix="005",
    invent="new_user",
    label=named_by("name"),
    sample={"name": "Ann Baker", "emailAddress": "ann.baker@ourcompany.example", "timezone": "Europe/Berlin"},
    filters={"emailAddress": address("emailAddress")},
)
CONTACT = declared_kind(
    "contact",
    ContactSchema,
    prefix="003",
    invent="new_contact",
    label=named_by("firstName lastName", "emailAddress"),
    sample={"lastName": "Coyote", "firstName": "Wile", "emailAddress": "wile@acme.example", "phone": "+49 30 123456"},
    one_of=("lastName", "emailAddress"),
    mergeable=True,
    filters={
        "emailAddress": address("emailAddress"),
        "domain": domain("emailAddress"),
        "accountId": reference("accountId"),
        "ownerId": owner(),
    },
)
LEAD = declared_kind(
    "lead",
    LeadSchema,
    prefix="00Q",
    invent="new_lead",
    label=named_by("firstName lastName", "emailAddress"),
    sample={"lastName": "Runner", "firstName": "Roda", "company": "Desert Road Works"},
    one_of=("lastName", "emailAddress"),
    mergeable=True,
    filters={"emailAddress": address("emailAddress"), "domain": domain("emailAddress"), "ownerId": owner()},
)
