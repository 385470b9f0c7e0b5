"""The kinds of companies and what is sold to them: accounts and opportunities (contract, section 8)."""

from mockcrm.base.schema.fields import Flag
from mockcrm.crm.kinds.declared import declared_kind
from mockcrm.crm.kinds.fields import Day, IdText, IdTexts, amount, name_text, text
from mockcrm.crm.kinds.filters import domain, equal, flag, member, owner, reference
from mockcrm.crm.kinds.kind_schema import KindSchema
from mockcrm.crm.kinds.label import named_by


class AccountSchema(KindSchema):
    """A company."""

    name = name_text()
    domain = text()
    industry = text()
    ownerId = IdText("user")


class OpportunitySchema(KindSchema):
    """Something that a company may buy."""

    name = name_text()
    stage = text()
    amount = amount()
    currency = text()
    closed = Flag(load_default=False)
    closeDate = Day()
    accountId = IdText("account")
    contactIds = IdTexts("contact")
    ownerId = IdText("user")


ACCOUNT = declared_kind(
    "account",
    AccountSchema,
    prefix="001",
    invent="new_account",
    label=named_by("name"),
    sample={"name": "Acme", "domain": "acme.example", "industry": "Manufacturing"},
    mergeable=True,
    filters={"name": equal("name"), "domain": domain("domain"), "ownerId": owner()},
)
OPPORTUNITY = declared_kind(
    "opportunity",
    OpportunitySchema,
    path="opportunities",
    prefix="006",
    invent="new_opportunity",
    label=named_by("name"),
    sample={
        "stage": "Proposal",
        "name": "Acme: new business",
        "amount": 12000.5,
        "currency": "EUR",
        "closeDate": "2026-06-30",
    },
    filters={
        "accountId": reference("accountId"),
        "contactId": member("contactId", "contactIds"),
        "ownerId": owner(),
        "closed": flag("closed"),
    },
)
