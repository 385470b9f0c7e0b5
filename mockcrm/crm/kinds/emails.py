"""The kind of e-mails, which sync engines log (BrightSync does)."""

from collections.abc import Mapping
from random import Random
from typing import Any

from mockcrm.crm.kinds.declared import declared_kind
from mockcrm.crm.kinds.event_schema import RelatedToSchema
from mockcrm.crm.kinds.fields import Texts, TimeText, text
from mockcrm.crm.kinds.filters import equal
from mockcrm.crm.kinds.kind_schema import KindSchema
from mockcrm.crm.kinds.label import named_by
from mockcrm.crm.record_schema import Links
from mockcrm.crm.seeding.world import World, one_of


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


_SUBJECTS = ("Our offer", "Next steps", "Questions before the demo", "Minutes", "Signed contract", "Change of date")


def _invented(chance: Random, world: World) -> Mapping[str, Any]:
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
    invent=_invented,
)
