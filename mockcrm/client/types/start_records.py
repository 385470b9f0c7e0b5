"""The records that a scenario starts with: their fields, in `set` or with `key` and the modifiers beside them.

Where one refers to another, it may have the other's key.
"""

from collections.abc import Sequence
from typing import Literal, Required, TypedDict

from mockcrm.client.types.actions import ActionModifiers
from mockcrm.client.types.events import NewEventFields, RelatedRecordFields
from mockcrm.client.types.values import InstantLike

CalendarRole = Literal["owner", "writer", "reader"]


class StartModifiers(ActionModifiers, total=False):
    """What a record of a start state has beside its fields: the key, by which it is called, and the modifiers."""

    key: str


class _Fields(TypedDict, total=False):
    id: str | None
    lastModifiedAt: str | None


class UserFields(_Fields, total=False):
    """A user of the CRM."""

    name: Required[str]
    emailAddress: Required[str]
    orgId: str | None
    timezone: str | None
    active: bool


class _PersonFields(_Fields, total=False):
    firstName: str | None
    lastName: str | None
    emailAddress: str | None
    otherEmailAddresses: Sequence[str]
    phone: str | None
    jobTitle: str | None
    ownerId: str | None


class ContactFields(_PersonFields, total=False):
    """A contact, who needs a last name or an address."""

    accountId: str | None


class LeadFields(_PersonFields, total=False):
    """A lead, who needs a last name or an address."""

    company: str | None
    convertedContactId: str | None


class AccountFields(_Fields, total=False):
    """An account: a company."""

    name: Required[str]
    domain: str | None
    industry: str | None
    ownerId: str | None


class OpportunityFields(_Fields, total=False):
    """An opportunity: something that a company may buy."""

    name: Required[str]
    stage: str | None
    amount: float | None
    currency: str | None
    closed: bool
    closeDate: str | None
    accountId: str | None
    contactIds: Sequence[str]
    ownerId: str | None


class CalendarFields(_Fields, total=False):
    """A calendar beside the primary one."""

    name: Required[str]
    primary: bool
    accessRole: CalendarRole
    ownerId: str | None
    timezone: str | None


class EmailFields(_Fields, total=False):
    """An e-mail that was sent or received."""

    msgId: str | None
    syncThreadId: str | None
    inReplyTo: str | None
    rfc822MsgId: str | None
    subject: str | None
    fromAddress: str | None
    fromName: str | None
    textBody: str | None
    htmlBody: str | None
    receivedAt: InstantLike | None
    toAddresses: Sequence[str]
    ccAddresses: Sequence[str]
    bccAddresses: Sequence[str]
    attachments: Sequence[str]
    relatedTo: RelatedRecordFields | str | Sequence[RelatedRecordFields | str]


class ToldEvent(NewEventFields, StartModifiers, total=False):
    """An event of a start state: its fields, with `key` and the modifiers beside them."""


class ToldEventInSet(StartModifiers, total=False):
    """An event of a start state, with its fields in `set`."""

    set: Required[NewEventFields]


class StartUser(UserFields, StartModifiers, total=False):
    """A user of a start state: its fields, with `key` and the modifiers beside them."""


class StartUserInSet(StartModifiers, total=False):
    """A user of a start state, with its fields in `set`."""

    set: Required[UserFields]


class StartContact(ContactFields, StartModifiers, total=False):
    """A contact of a start state: its fields, with `key` and the modifiers beside them."""


class StartContactInSet(StartModifiers, total=False):
    """A contact of a start state, with its fields in `set`."""

    set: Required[ContactFields]


class StartLead(LeadFields, StartModifiers, total=False):
    """A lead of a start state: its fields, with `key` and the modifiers beside them."""


class StartLeadInSet(StartModifiers, total=False):
    """A lead of a start state, with its fields in `set`."""

    set: Required[LeadFields]


class StartAccount(AccountFields, StartModifiers, total=False):
    """An account of a start state: its fields, with `key` and the modifiers beside them."""


class StartAccountInSet(StartModifiers, total=False):
    """An account of a start state, with its fields in `set`."""

    set: Required[AccountFields]


class StartOpportunity(OpportunityFields, StartModifiers, total=False):
    """An opportunity of a start state: its fields, with `key` and the modifiers beside them."""


class StartOpportunityInSet(StartModifiers, total=False):
    """An opportunity of a start state, with its fields in `set`."""

    set: Required[OpportunityFields]


class StartEmail(EmailFields, StartModifiers, total=False):
    """An e-mail of a start state: its fields, with `key` and the modifiers beside them."""


class StartEmailInSet(StartModifiers, total=False):
    """An e-mail of a start state, with its fields in `set`."""

    set: Required[EmailFields]


class StartCalendar(CalendarFields, StartModifiers, total=False):
    """A calendar of a start state: its fields, with `key` and the modifiers beside them."""


class StartCalendarInSet(StartModifiers, total=False):
    """A calendar of a start state, with its fields in `set`."""

    set: Required[CalendarFields]
