"""People: the contacts, leads and accounts that meetings are linked to."""

import httpx

from tests.hazards.client import Client, Record
from tests.hazards.identity import MergesAttendees
from tests.hazards.world import Hazard


class LinksContacts(MergesAttendees):
    """Makes a contact of each attendee whose address the CRM does not find, and links the attendee to it."""

    def push_create(self, step: Record) -> None:
        super().push_create({**step, "set": self.linked(step["set"])})

    def linked(self, content: Record) -> Record:
        attendees = [{**each, "contactId": int(self.contact_of(each))} for each in content.get("attendees", [])]
        return {**content, "attendees": attendees}

    def contact_of(self, attendee: Record) -> str:
        found = self.get("/contacts", {"emailAddress": attendee["emailAddress"]})["records"]
        return str(found[0]["id"]) if found else self.made(attendee["emailAddress"])

    def made(self, address: str) -> str:
        return str(self.send("POST", "/contacts", {"emailAddress": address}).json()["id"])


class RemembersWhomItMade(LinksContacts):
    """Looks among the contacts that it has made itself, before it asks for an address."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(http)
        self.own: dict[str, str] = {}

    def contact_of(self, attendee: Record) -> str:
        return self.own.get(attendee["emailAddress"]) or super().contact_of(attendee)

    def made(self, address: str) -> str:
        self.own[address] = super().made(address)
        return self.own[address]


class KnowsAllAddresses(LinksContacts):
    """Reads the contacts, and looks for an address among all that they have."""

    def contact_of(self, attendee: Record) -> str:
        _, contacts = self.read({}, "/contacts")
        for each in contacts:
            if attendee["emailAddress"] in (each["emailAddress"], *each["otherEmailAddresses"]):
                return str(each["id"])
        return super().contact_of(attendee)


class LooksEachTime(LinksContacts):
    """Links every attendee by the address again, at each write."""

    def push_edit(self, step: Record) -> None:
        super().push_edit({**step, "set": self.linked(step["set"])})


class FollowsContacts(MergesAttendees):
    """Reads which contacts were deleted, and knows what they were."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(http)
        self.contacts: dict[str, Record] = {}

    def sync(self) -> None:
        super().sync()
        _, rows = self.read({"showDeleted": "true"}, "/contacts")
        for row in rows:
            if not row.get("deleted"):
                self.contacts[row["id"]] = row
            elif known := self.contacts.pop(row["id"], None):
                self.take_leave(known)

    def take_leave(self, contact: Record) -> None:
        """A contact was deleted, which says nothing about the meetings."""


class MakesThemAnew(FollowsContacts):
    """Makes a contact anew whom its meetings had."""

    def take_leave(self, contact: Record) -> None:
        self.send("POST", "/contacts", {name: contact[name] for name in ("lastName", "emailAddress")})


class TakesThemOff(FollowsContacts):
    """Takes a contact off its meetings who is not there any more."""

    def take_leave(self, contact: Record) -> None:
        for event_id, event in list(self.replica.items()):
            staying = [each for each in event["attendees"] if str(each["contactId"]) != contact["id"]]
            if staying != event["attendees"]:
                self.take(self.send("PATCH", f"/events/{event_id}", {"attendees": staying}).json())


class RemembersItsLinks(MergesAttendees):
    """Remembers what an address stood for at first, and writes that link with each change."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(http)
        self.links: dict[str, list[Record]] = {}

    def take(self, row: Record) -> None:
        super().take(row)
        self.links.setdefault(row["id"], row.get("relatedTo", []))

    def push_edit(self, step: Record) -> None:
        super().push_edit({**step, "set": {**step["set"], "relatedTo": self.links[self.id_of(step)]}})


class GoesByNames(Client):
    """Writes an event whole, and refers to accounts by their names."""

    def push_edit(self, step: Record) -> None:
        event_id = self.id_of(step)
        links = [{"type": "Account", "id": self.account(each["name"])} for each in self.replica[event_id]["relatedTo"]]
        super().push_edit({**step, "set": {**step["set"], "relatedTo": links}})

    def account(self, name: str) -> str:
        found = self.get("/accounts", {"name": name})["records"]
        return str(found[0]["id"] if found else self.send("POST", "/accounts", {"name": name}).json()["id"])


HAZARDS = (
    Hazard(
        "contact-merged", naive=MakesThemAnew, careful=FollowsContacts, without=("steps[3]", "expect"), symptoms="L"
    ),
    Hazard(
        "contact-deleted-under-attendee",
        naive=TakesThemOff,
        careful=FollowsContacts,
        without=("steps[2]",),
        symptoms="L",
    ),
    Hazard(
        "lead-converted",
        naive=RemembersItsLinks,
        careful=MergesAttendees,
        without=("steps[2]", "steps[3]", "steps[4]", "expect"),
        symptoms="L",
    ),
    Hazard(
        "lookup-lags-create",
        naive=LinksContacts,
        careful=RemembersWhomItMade,
        without=("dialect.indexLag",),
        symptoms="L",
    ),
    Hazard(
        "secondary-address",
        naive=LinksContacts,
        careful=KnowsAllAddresses,
        without=("steps[2]", "expect.events"),
        symptoms="L",
    ),
    Hazard("address-as-key", naive=LooksEachTime, careful=MergesAttendees, without=("steps[2]",), symptoms="L"),
    Hazard(
        "account-renamed",
        naive=GoesByNames,
        careful=Client,
        without=("steps[2]", "expect.events[0].has.relatedTo"),
        symptoms="L",
    ),
)
