"""Identity and content."""

from tests.hazards.client import OURS, Client, Record
from tests.hazards.world import Hazard


class LooksBehindBusy(Client):
    """Reads a private event by id, for a list may not show all of it."""

    def take(self, row: Record) -> None:
        super().take(self.get(f"/events/{row['id']}") if row.get("private") else row)


class WritesItsCopyBack(Client):
    """Writes an event back whole, from what a list has shown of it."""

    def push_edit(self, step: Record) -> None:
        event_id = self.id_of(step)
        self.take(self.send("PUT", f"/events/{event_id}", self.replica[event_id] | step["set"]).json())


class MergesAttendees(Client):
    """Finds the attendees that its user has changed among those of the CRM, and leaves the others alone."""

    def push_edit(self, step: Record) -> None:
        attendees = list(self.replica[self.id_of(step)]["attendees"])
        for changed in step["set"].get("attendees", []):
            known = next((each for each in attendees if self.is_same(each, changed)), None)
            if known is None:
                attendees.append(changed)
            else:
                attendees[attendees.index(known)] = known | changed
        super().push_edit({**step, "set": step["set"] | {"attendees": attendees}})

    def is_same(self, known: Record, other: Record) -> bool:
        """Whether they are one person, who has one identity at least in common, in whichever case."""
        return any(
            known.get(name) is not None and str(known[name]).casefold() == str(other.get(name)).casefold()
            for name in ("userId", "emailAddress", "contactId")
        )


class ComparesLetters(MergesAttendees):
    """Tells attendees apart by the letters of their addresses, capitals and all."""

    def is_same(self, known: Record, other: Record) -> bool:
        return bool(known["emailAddress"] == other["emailAddress"])


class ComparesAllIdentities(MergesAttendees):
    """Takes two attendees for one only if they agree in userId, contactId and address alike."""

    def is_same(self, known: Record, other: Record) -> bool:
        return all(known.get(name) == other.get(name) for name in ("userId", "emailAddress", "contactId"))


class KeepsIdsAsNumbers(Client):
    """Keeps ids as numbers, which are doubles where it keeps them."""

    def id_of(self, step: Record) -> str:
        return f"{float(super().id_of(step)):.0f}"


class FillsGaps(Client):
    """Keeps meetings of one name as a series, and creates again what is gone from one."""

    def take(self, row: Record) -> None:
        known = self.replica.get(row["id"])
        super().take(row)
        if row.get("deleted") and known and any(each["subject"] == known["subject"] for each in self.replica.values()):
            content = {name: value for name, value in known.items() if name not in OURS}
            self.outbox.append({"create": {"as": row["id"], "set": content}})


class HasThreeBytesForACharacter(Client):
    """Keeps texts where a character of four bytes in UTF-8 is an error."""

    def take(self, row: Record) -> None:
        for text in row.values():
            if isinstance(text, str) and any(len(character.encode()) > 3 for character in text):
                raise ValueError(f"incorrect string value: {text!a}")
        super().take(row)


HAZARDS = (
    Hazard(
        "private-redaction",
        naive=WritesItsCopyBack,
        careful=LooksBehindBusy,
        without=("dialect.privateInLists",),
        symptoms="LM",
    ),
    Hazard(
        "attendee-case",
        naive=ComparesLetters,
        careful=MergesAttendees,
        without=("dialect.normalization", "expect.events[0].has.attendees[0].emailAddress"),
        symptoms="DL",
    ),
    Hazard(
        "attendee-multi-identity",
        naive=ComparesAllIdentities,
        careful=MergesAttendees,
        without=("events[0].attendees[0].contactId", "expect.events[0].has.attendees[0].contactId"),
        symptoms="DL",
    ),
    Hazard(
        "id-beyond-2-53",
        naive=KeepsIdsAsNumbers,
        careful=Client,
        without=("dialect.idForm",),
        symptoms="L",
    ),
    Hazard(
        "series-rewritten",
        naive=FillsGaps,
        careful=Client,
        without=("steps[2]", "steps[3]", "expect.events"),
        symptoms="LZ",
    ),
    Hazard(
        "unicode-and-size",
        naive=HasThreeBytesForACharacter,
        careful=Client,
        without=("steps[1].edit.set.subject",),
        symptoms="CM",
    ),
)
