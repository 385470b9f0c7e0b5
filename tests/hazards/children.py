"""Child events: one for each colleague who is invited to a meeting."""

from collections.abc import Iterator

from tests.hazards.client import OURS, Client, Record
from tests.hazards.world import Hazard


class BooksMeetingsForChildren(Client):
    """Books a meeting for each child event whose parent it does not have."""

    def take(self, row: Record) -> None:
        super().take(row)
        if not row.get("deleted") and row["parentId"] is not None and str(row["parentId"]) not in self.replica:
            meeting = {name: value for name, value in row.items() if name not in (*OURS, "parentId")}
            self.push_create({"as": row["id"], "set": meeting})

    def read_delta(self) -> None:
        super().read_delta()
        for row in list(self.replica.values()):
            if str(row["parentId"]) not in self.replica:
                self.take(row)


class StoresChildrenBelowParents(Client):
    """Takes row by row, page by page, and stores a child event below its parent, which has to be there."""

    def pages(self, parameters: dict[str, str], path: str = "/events") -> Iterator[Record]:
        for page in super().pages(parameters, path):
            for row in page["records"]:
                self.store(row)
            yield page

    def store(self, row: Record) -> None:
        if not row.get("deleted") and row["parentId"] is not None and str(row["parentId"]) not in self.replica:
            raise LookupError(f"there is no event {row['parentId']} to store {row['id']} below")
        self.take(row)


class DeletesChildrenToo(Client):
    """Deletes a meeting, then its child events, and takes a deletion for failed that finds nothing."""

    def push_delete(self, step: Record) -> None:
        event_id = self.id_of(step)
        children = [row["id"] for row in self.replica.values() if str(row["parentId"]) == event_id]
        self.http.delete(f"/events/{event_id}").raise_for_status()
        self.replica.pop(event_id, None)
        self.outbox[1:1] = [{"delete": {"id": each}} for each in children]


HAZARDS = (
    Hazard(
        "parent-child-duplication",
        naive=BooksMeetingsForChildren,
        careful=Client,
        without=("dialect.childOrder",),
        symptoms="L",
    ),
    Hazard(
        "child-before-parent",
        naive=StoresChildrenBelowParents,
        careful=Client,
        without=("dialect.childOrder",),
        symptoms="CM",
    ),
    Hazard(
        "child-outlives-parent",
        naive=BooksMeetingsForChildren,
        careful=Client,
        without=("dialect.childrenOnDelete", "expect.events[1]"),
        symptoms="LZ",
    ),
    Hazard(
        "parent-delete-cascades",
        naive=DeletesChildrenToo,
        careful=Client,
        without=("dialect.childEvents",),
        symptoms="CLPZ",
    ),
)
