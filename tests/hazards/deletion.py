"""Deletion."""

import httpx

from mockcrm.base.times import parse_duration, parse_instant
from tests.hazards.client import OURS, Client, GaveUp, Record
from tests.hazards.world import Hazard

GONE = (404, 410)
"""How a CRM answers that an event is not there."""


class KnowsEveryId(Client):
    """Expects to know every event that a tombstone names."""

    def take(self, row: Record) -> None:
        if row.get("deleted"):
            del self.replica[row["id"]]
        else:
            super().take(row)


class RemembersDeletedIds(Client):
    """Never again takes a row for an id that was deleted once."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__(http)
        self.deleted_ids: set[str] = set()

    def take(self, row: Record) -> None:
        if row.get("deleted"):
            self.deleted_ids.add(row["id"])
        if row["id"] not in self.deleted_ids or row.get("deleted"):
            super().take(row)


class CreatesWhatItCannotUpdate(Client):
    """Creates an event when there is none to update."""

    def push_edit(self, step: Record) -> None:
        try:
            super().push_edit(step)
        except httpx.HTTPStatusError as error:
            if error.response.status_code not in GONE:
                raise
            self.push_create({"set": _content(self.replica[self.id_of(step)]) | step["set"]})


class LetsTheDeletionWin(Client):
    """Drops an edit of what the CRM has not any more."""

    def push_edit(self, step: Record) -> None:
        try:
            super().push_edit(step)
        except httpx.HTTPStatusError as error:
            if error.response.status_code not in GONE:
                raise
            self.replica.pop(self.id_of(step), None)


class UploadsWhatIsMissing(Client):
    """Takes an event for its user's new one if the CRM lacks it and sent no tombstone."""

    def read_delta(self) -> None:
        super().read_delta()
        _, rows = self.read({})
        for event_id in self.replica.keys() - {row["id"] for row in rows}:
            self.push_create({"set": _content(self.replica.pop(event_id))})


class KnowsTheRetention(Client):
    """Reads everything again when its last sync is longer ago than the CRM keeps tombstones."""

    retention = "15d"

    def read_delta(self) -> None:
        assert self.since is not None
        since = parse_instant(self.since)
        super().read_delta()
        if parse_instant(self.since) - since >= parse_duration(self.retention):
            self.read_all()


class SwallowsRefusals(Client):
    """Takes a watermark that is refused for one behind which there is nothing new."""

    def read_delta(self) -> None:
        assert self.since is not None
        try:
            first, rows = self.read({"since": self.since, "showDeleted": "true"})
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 410:
                raise
            return
        for row in rows:
            self.take(row)
        self.since = self.next_watermark(first, rows)


class Mirrors(Client):
    """Reads everything at each sync, takes what is not there for deleted, and sees that it is so on both sides."""

    def read_delta(self) -> None:
        known = set(self.replica)
        self.read_all()
        for event_id in known - self.replica.keys():
            self.outbox.append({"delete": {"id": event_id}})


class MirrorsWithABrake(Mirrors):
    """The same, but does not believe in a list by which everything was deleted at once."""

    def read(self, parameters: dict[str, str], path: str = "/events") -> tuple[Record, list[Record]]:
        first, rows = super().read(parameters, path)
        if self.replica and not rows:
            raise GaveUp(f"an empty list, where there were {len(self.replica)} events")
        return first, rows


class InsistsOnDeleting(Client):
    """Takes a deletion for failed unless the event was there to be deleted."""

    def push_delete(self, step: Record) -> None:
        event_id = self.id_of(step)
        self.http.delete(f"/events/{event_id}").raise_for_status()
        self.replica.pop(event_id, None)


class DeletesUnseen(Client):
    """Carries a deletion over, as `Client` does, whatever has become of the event since it was last read."""


class LooksBeforeItDeletes(Client):
    """Deletes only the version that its user has seen; an edit since then wins over the deletion."""

    def push_delete(self, step: Record) -> None:
        event_id = self.id_of(step)
        response = self.http.get(f"/events/{event_id}")
        if response.status_code in GONE:
            self.replica.pop(event_id, None)
            return
        event = response.raise_for_status().json()
        if event["lastModifiedAt"] != self.replica[event_id]["lastModifiedAt"]:
            self.take(event)
            return
        response = self.http.delete(f"/events/{event_id}", headers={"If-Match": response.headers["ETag"]})
        if response.status_code == 412:
            raise GaveUp("edited this very moment")
        self.replica.pop(event_id, None)


class GoesByItsRows(Client):
    """Takes the newest row's stamp as the next watermark, and expects a stamp on every row."""

    def next_watermark(self, first: Record, rows: list[Record]) -> str:
        newest: str = max((row["lastModifiedAt"] for row in rows), default=first["asOf"])
        return newest


def _content(event: Record) -> Record:
    return {name: value for name, value in event.items() if name not in OURS}


HAZARDS = (
    Hazard(
        "create-delete-between-polls",
        naive=KnowsEveryId,
        careful=Client,
        without=("steps[2]",),
        symptoms="CM",
    ),
    Hazard(
        "undelete-same-id",
        naive=RemembersDeletedIds,
        careful=Client,
        without=("steps[3]",),
        symptoms="M",
    ),
    Hazard(
        "delete-recreate-new-id",
        naive=CreatesWhatItCannotUpdate,
        careful=LetsTheDeletionWin,
        without=("steps[1]", "steps[2]"),
        symptoms="D",
    ),
    Hazard(
        "tombstone-expired",
        naive=UploadsWhatIsMissing,
        careful=KnowsTheRetention,
        without=("dialect.tombstoneRetention",),
        symptoms="Z",
    ),
    Hazard(
        "expired-cursor-swallowed",
        naive=SwallowsRefusals,
        careful=Client,
        without=("dialect.tombstoneRetention",),
        symptoms="MZ",
    ),
    Hazard(
        "empty-200-mass-delete",
        naive=Mirrors,
        careful=MirrorsWithABrake,
        without=("steps[1]",),
        symptoms="LP",
    ),
    Hazard(
        "delete-of-deleted",
        naive=InsistsOnDeleting,
        careful=Client,
        without=("steps[1]",),
        symptoms="CLPZ",
    ),
    Hazard(
        "edit-vs-delete",
        naive=DeletesUnseen,
        careful=LooksBeforeItDeletes,
        without=("steps[1]", "expect"),
        symptoms="L",
    ),
    Hazard(
        "id-only-tombstone",
        naive=GoesByItsRows,
        careful=Client,
        without=("dialect.tombstones",),
        symptoms="C",
    ),
)
