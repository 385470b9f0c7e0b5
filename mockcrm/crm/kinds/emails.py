"""The kind of e-mails, which sync engines log (BrightSync does)."""

from mockcrm.crm.kinds.declared import declared_kind
from mockcrm.crm.kinds.event_schema import RelatedToSchema
from mockcrm.crm.kinds.fields import Texts, TimeText, text
from mockcrm.crm.kinds.filters import equal
from mockcrm.crm.kinds.kind_schema import KindSchema
from mockcrm.crm.kinds.label import named_by
from mockcrm.crm.record_schema import Links


class EmailSchema(KindSchema):
    """An e-mail that was sent or received."""

    msgId = text()
    syncThreadId = text()
    inReplyTo = text()
    rfc822MsgId = text()
    subject = text()
    fromAddress = text()
    fromName = text()
    textBody = text()
    htmlBody = text()
    receivedAt = TimeText(allow_none=True, load_default=None)
    toAddresses = Texts()
    ccAddresses = Texts()
    bccAddresses = Texts()
    attachments = Texts()
    relatedTo = Links(RelatedToSchema)


EMAIL = declared_kind(
    "email",
    EmailSchema,
    prefix="02s",
    label=named_by("subject"),
    sample={
        "subject": "Re: Demo",
        "fromAddress": "wile@acme.example",
        "toAddresses": ["ann.baker@ourcompany.example"],
        "receivedAt": "2026-03-05T15:00:00.000Z",
        "rfc822MsgId": "<demo-1@acme.example>",
        "textBody": "Thursday suits us.",
    },
    filters={"rfc822MsgId": equal("rfc822MsgId")},
    invent="new_email",
)
