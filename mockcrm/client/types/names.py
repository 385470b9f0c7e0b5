"""Names of the CRM's API. `python -m tests.client.names` makes this module."""

from typing import Any, Literal, TypedDict

KindName = Literal[
    "event",
    "user",
    "contact",
    "lead",
    "account",
    "opportunity",
    "calendar",
    "email",
]
"""A kind of records."""

Operation = Literal[
    "listEvents",
    "listDeletedEvents",
    "getEvent",
    "createEvent",
    "updateEvent",
    "replaceEvent",
    "deleteEvent",
    "listUsers",
    "listDeletedUsers",
    "getUser",
    "createUser",
    "updateUser",
    "replaceUser",
    "deleteUser",
    "listContacts",
    "listDeletedContacts",
    "getContact",
    "createContact",
    "updateContact",
    "replaceContact",
    "deleteContact",
    "listLeads",
    "listDeletedLeads",
    "getLead",
    "createLead",
    "updateLead",
    "replaceLead",
    "deleteLead",
    "listAccounts",
    "listDeletedAccounts",
    "getAccount",
    "createAccount",
    "updateAccount",
    "replaceAccount",
    "deleteAccount",
    "listOpportunities",
    "listDeletedOpportunities",
    "getOpportunity",
    "createOpportunity",
    "updateOpportunity",
    "replaceOpportunity",
    "deleteOpportunity",
    "listCalendars",
    "listDeletedCalendars",
    "getCalendar",
    "createCalendar",
    "updateCalendar",
    "replaceCalendar",
    "deleteCalendar",
    "listEmails",
    "listDeletedEmails",
    "getEmail",
    "createEmail",
    "updateEmail",
    "replaceEmail",
    "deleteEmail",
]
"""The calls of the CRM's API."""

ErrorCode = Literal[
    "event.notFound",
    "user.notFound",
    "contact.notFound",
    "lead.notFound",
    "account.notFound",
    "opportunity.notFound",
    "calendar.notFound",
    "email.notFound",
    "event.deleted",
    "user.deleted",
    "contact.deleted",
    "lead.deleted",
    "account.deleted",
    "opportunity.deleted",
    "calendar.deleted",
    "email.deleted",
    "event.exists",
    "user.exists",
    "contact.exists",
    "lead.exists",
    "account.exists",
    "opportunity.exists",
    "calendar.exists",
    "email.exists",
    "event.notDeleted",
    "user.notDeleted",
    "contact.notDeleted",
    "lead.notDeleted",
    "account.notDeleted",
    "opportunity.notDeleted",
    "calendar.notDeleted",
    "email.notDeleted",
    "event.invalid",
    "user.invalid",
    "contact.invalid",
    "lead.invalid",
    "account.invalid",
    "opportunity.invalid",
    "calendar.invalid",
    "email.invalid",
    "event.childReadOnly",
    "query.invalid",
    "body.malformed",
    "pageToken.invalid",
    "credentials.missing",
    "credentials.invalid",
    "admin.forbidden",
    "sandbox.notFound",
    "scenario.notFound",
    "request.notFound",
    "fault.notFound",
    "path.notFound",
    "method.notAllowed",
    "body.tooSlow",
    "sandbox.exists",
    "sandbox.limit",
    "sandbox.elsewhere",
    "sandbox.protected",
    "calendar.protected",
    "sandbox.full",
    "record.referenced",
    "key.exists",
    "replay.impossible",
    "demo.notRunning",
    "tour.notRunning",
    "tour.running",
    "pageToken.expired",
    "since.expired",
    "precondition.failed",
    "body.tooLarge",
    "body.notJson",
    "body.encodingUnsupported",
    "reference.unknown",
    "action.invalid",
    "idempotency.mismatch",
    "dialect.invalid",
    "fault.invalid",
    "request.invalid",
    "audit.invalid",
    "clock.invalid",
    "seed.invalid",
    "sandbox.invalid",
    "snapshot.invalid",
    "scenario.invalid",
    "replay.invalid",
    "demo.invalid",
    "precondition.required",
    "rate.limited",
    "fault.injected",
    "internal.error",
]
"""What an error is called. A code never changes its meaning."""


class OtherFields(TypedDict, total=False):
    """The fields that records of some kind have, and events have not."""

    accessRole: Any
    accountId: Any
    active: Any
    amount: Any
    attachments: Any
    bccAddresses: Any
    ccAddresses: Any
    closeDate: Any
    closed: Any
    company: Any
    contactIds: Any
    convertedContactId: Any
    currency: Any
    domain: Any
    emailAddress: Any
    firstName: Any
    fromAddress: Any
    fromName: Any
    htmlBody: Any
    inReplyTo: Any
    industry: Any
    jobTitle: Any
    lastName: Any
    msgId: Any
    name: Any
    orgId: Any
    otherEmailAddresses: Any
    phone: Any
    primary: Any
    receivedAt: Any
    rfc822MsgId: Any
    stage: Any
    syncThreadId: Any
    textBody: Any
    timezone: Any
    toAddresses: Any
