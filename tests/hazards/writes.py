"""Writes."""

from dataclasses import dataclass, field
from html import escape, unescape

import httpx

from mockcrm.crm.event import FIELDS
from tests.hazards.client import Client, GaveUp, Record
from tests.hazards.transport import Keyless, Patient
from tests.hazards.world import Hazard


class MakesItAgain(Keyless, Patient):
    """Sends again what it got no answer to, as if for the first time."""


class Retrying(Client):
    """Has a library that asks once more after a 503."""

    def send(self, method: str, path: str, body: Record, headers: dict[str, str] | None = None) -> httpx.Response:
        try:
            return super().send(method, path, body, headers)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 503:
                raise
            return super().send(method, path, body, headers)


class RetriesWhateverItIs(Keyless, Retrying):
    """Asks once more after a 503 also where that does the thing twice."""


class WritesItAllBack(Client):
    """Reads an event, changes it, and writes all of it back, whatever has become of it in between."""

    def push_edit(self, step: Record) -> None:
        path = f"/events/{self.id_of(step)}"
        self.take(self.send("PUT", path, self.get(path) | step["set"]).json())


class WritesWhatItRead(Client):
    """Reads an event, changes it, and writes it back if it is still the one that it read; else it reads it again."""

    def push_edit(self, step: Record) -> None:
        path = f"/events/{self.id_of(step)}"
        for _ in range(3):
            read = self.http.get(path).raise_for_status()
            try:
                made = self.send("PUT", path, read.json() | step["set"], {"If-Match": read.headers["ETag"]})
            except httpx.HTTPStatusError as error:
                if error.response.status_code != 412:
                    raise
            else:
                self.take(made.json())
                return
        raise GaveUp("somebody else is always quicker")


class KeepsItsTag(Client):
    """Holds on to the tag that a write answered with."""

    def push_edit(self, step: Record) -> None:
        event_id = self.id_of(step)
        path = f"/events/{event_id}"
        tag = self.tags.get(event_id) or self.http.get(path).headers["ETag"]
        made = self.send("PATCH", path, step["set"], {"If-Match": tag})
        self.tags[event_id] = made.headers["ETag"]
        self.take(made.json())


class ReadsTheTagAnew(KeepsItsTag):
    """Reads the tag again when its own is refused."""

    def push_edit(self, step: Record) -> None:
        try:
            super().push_edit(step)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 412:
                raise
            del self.tags[self.id_of(step)]
            super().push_edit(step)


class TakesTheTagAlone(Client):
    """Asks for the tag of an event by HEAD, and writes its own copy with it, after the user's change."""

    def push_edit(self, step: Record) -> None:
        event_id = self.id_of(step)
        path = f"/events/{event_id}"
        tag = self.http.head(path).raise_for_status().headers["ETag"]
        self.take(self.send("PUT", path, self.replica[event_id] | step["set"], {"If-Match": tag}).json())


class PutsWhatHasChanged(Client):
    """Sends the same body with PUT where PATCH is refused."""

    def push_edit(self, step: Record) -> None:
        try:
            super().push_edit(step)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 405:
                raise
            self.take(self.send("PUT", f"/events/{self.id_of(step)}", step["set"]).json())


class LeavesOutNulls(Client):
    """Sends nothing of what has no value."""

    def send(self, method: str, path: str, body: Record, headers: dict[str, str] | None = None) -> httpx.Response:
        return super().send(method, path, {name: value for name, value in body.items() if value is not None}, headers)


class SendsItsOwnList(Client):
    """Sends the attendees that its calendar has, which are those with an address, for all that there are."""


class KeepsWhomItCannotShow(Client):
    """Adds to the calendar's attendees those in the CRM that a calendar cannot show."""

    def push_edit(self, step: Record) -> None:
        change = step["set"]
        if "attendees" in change:
            current = self.get(f"/events/{self.id_of(step)}")["attendees"]
            hidden = [each for each in current if each["emailAddress"] is None]
            change = change | {"attendees": hidden + change["attendees"]}
        super().push_edit(step | {"set": change})


class SendsAddresses(Client):
    """Sends of each attendee in its calendar the address alone."""

    def push_edit(self, step: Record) -> None:
        change = step["set"]
        if "attendees" in change:
            bare = [{"emailAddress": each["emailAddress"]} for each in change["attendees"]]
            change = change | {"attendees": bare}
        super().push_edit(step | {"set": change})


class _WritesItsCopy(Client):
    """Writes an event back as it knows it from lists, with the user's change."""

    def push_edit(self, step: Record) -> None:
        event_id = self.id_of(step)
        self.take(self.send("PUT", f"/events/{event_id}", self.replica[event_id] | step["set"]).json())


class TakesOmittedForEmpty(_WritesItsCopy):
    """Takes a description that is not there for one that is empty."""

    def take(self, row: Record) -> None:
        super().take({"description": None} | row)


class ReadsWhatIsOmitted(_WritesItsCopy):
    """Reads an event by its id where a list has left the description out."""

    def take(self, row: Record) -> None:
        whole = "description" in row or row.get("deleted")
        super().take(row if whole else self.get(f"/events/{row['id']}"))


class HasACalendarThatReports(Client):
    """Has a calendar that reports every change, the client's own too; it is carried over at the next sync."""

    def pull(self) -> None:
        before = dict(self.replica)
        super().pull()
        for event_id, row in self.replica.items():
            if event_id in before and row["lastModifiedAt"] != before[event_id]["lastModifiedAt"]:
                self.outbox.append({"edit": {"id": event_id, "set": row}})


class ForgetsItsOwnWrite(HasACalendarThatReports):
    """Does not note the stamp that its own write got."""

    def push_edit(self, step: Record) -> None:
        self.send("PATCH", f"/events/{self.id_of(step)}", step["set"])


@dataclass
class InsistsOnItsWording(Client):
    """Writes the user's wording again whenever the CRM has another."""

    typed: dict[str, Record] = field(default_factory=dict)

    def push_create(self, step: Record) -> None:
        super().push_create(step)
        self.typed[self.names[step["as"]]] = step["set"]

    def pull(self) -> None:
        super().pull()
        for event_id, typed in self.typed.items():
            if self.replica[event_id]["subject"] != typed["subject"]:
                self.outbox.append({"edit": {"id": event_id, "set": typed}})


class KeepsHtml(Client):
    """Has a calendar that keeps texts as HTML, and holds the two sides against each other at the end of each sync."""

    def pull(self) -> None:
        super().pull()
        for event_id, row in list(self.replica.items()):
            ours = self.read_html(escape(row["description"] or ""))
            if ours != (row["description"] or ""):
                self.push_edit({"id": event_id, "set": {"description": ours}})

    def read_html(self, text: str) -> str:
        """A text of the calendar, as the CRM has it."""
        return unescape(text)


class EscapesAlone(KeepsHtml):
    """Takes the calendar's HTML for the text itself."""

    def read_html(self, text: str) -> str:
        return text


class WritesWhatItKnows(Client):
    """Reads an event into the fields that it knows, and writes those back as the whole."""

    def push_edit(self, step: Record) -> None:
        path = f"/events/{self.id_of(step)}"
        event = self.get(path)
        self.take(self.send("PUT", path, {name: event[name] for name in FIELDS if name in event} | step["set"]).json())


class ChokesOnOne(Client):
    """Cannot do without a subject, and lets the one event that has none end the run."""

    def take(self, row: Record) -> None:
        if not row.get("deleted"):
            row = row | {"subject": row["subject"][:255]}
        super().take(row)


class SetsOneAside(ChokesOnOne):
    """Keeps an event that it cannot make sense of as it came, and goes on."""

    def take(self, row: Record) -> None:
        try:
            super().take(row)
        except TypeError:
            self.replica[row["id"]] = row


HAZARDS = (
    Hazard("lost-response-on-create", naive=MakesItAgain, careful=Patient, without=("faults",), symptoms="DL"),
    Hazard("retry-nonidempotent-post", naive=RetriesWhateverItIs, careful=Retrying, without=("faults",), symptoms="DL"),
    Hazard(
        "concurrent-lost-update",
        naive=WritesItAllBack,
        careful=WritesWhatItRead,
        without=("steps[0].on.when",),
        symptoms="L",
    ),
    Hazard(
        "stale-etag-after-write",
        naive=KeepsItsTag,
        careful=ReadsTheTagAnew,
        without=("dialect.writeAnswer",),
        symptoms="CL",
    ),
    Hazard(
        "tag-without-content",
        naive=TakesTheTagAlone,
        careful=WritesWhatItRead,
        without=("steps[2]", "expect.events[0].has.location"),
        symptoms="L",
    ),
    Hazard(
        "put-clobbers-absent",
        naive=PutsWhatHasChanged,
        careful=WritesWhatItRead,
        without=("dialect.updateVerbs",),
        symptoms="L",
    ),
    Hazard("null-vs-absent", naive=LeavesOutNulls, careful=Client, without=("events[0].location",), symptoms="L"),
    Hazard(
        "attendees-replaced",
        naive=SendsItsOwnList,
        careful=KeepsWhomItCannotShow,
        without=("events[0].attendees[0]", "expect.events[0].has.attendees[0]"),
        symptoms="L",
    ),
    Hazard(
        "rsvp-reset",
        naive=SendsAddresses,
        careful=Client,
        without=(
            *(f"events[0].attendees[{place}].status" for place in (0, 1)),
            *(f"steps[1].mailbox.edit.set.attendees[{place}].status" for place in (0, 1)),
            *(f"expect.events[0].has.attendees[{place}].status" for place in (0, 1)),
        ),
        symptoms="L",
    ),
    Hazard(
        "omitted-not-empty",
        naive=TakesOmittedForEmpty,
        careful=ReadsWhatIsOmitted,
        without=("dialect.omittedFromLists",),
        symptoms="L",
    ),
    Hazard(
        "echo-own-write",
        naive=ForgetsItsOwnWrite,
        careful=HasACalendarThatReports,
        without=("steps[1]", "expect"),
        symptoms="P",
    ),
    Hazard(
        "server-normalizes",
        naive=InsistsOnItsWording,
        careful=Client,
        without=("dialect.normalization", "expect"),
        symptoms="P",
    ),
    Hazard(
        "growing-text",
        naive=EscapesAlone,
        careful=KeepsHtml,
        without=("events[0].description", "expect.events[0].has.description"),
        symptoms="LP",
    ),
    Hazard(
        "unknown-fields-dropped",
        naive=WritesWhatItKnows,
        careful=Client,
        without=("events[0].dealStage", "expect.events[0].has.dealStage"),
        symptoms="L",
    ),
    Hazard("poison-event", naive=ChokesOnOne, careful=SetsOneAside, without=("steps[1]",), symptoms="CM"),
)
