"""What passed between a client and a CRM, noted on the client's side: what it sent and what it was given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mockcrm.base.wsgi import Json, NoAnswer, Response, Send
from mockcrm.reference_client.normalize import Row, plain
from mockcrm.sandbox.sandbox import Sandbox


@dataclass(frozen=True)
class Exchange:
    """A request, the rows that its answer brought, and how long the change log was before and after it.

    `listed` says that the rows are a list's, which may show less than there is.
    """

    method: str
    body: Json
    before: int
    after: int
    rows: Mapping[str, Row]
    listed: bool


@dataclass
class Witness:
    """A `Send` that notes what passes through another. It looks at the length of the log, and at nothing else."""

    send: Send
    sandbox: Sandbox
    exchanges: list[Exchange] = field(default_factory=list)

    def __call__(
        self, method: str, path: str, query: Mapping[str, str], body: Json, headers: Mapping[str, str]
    ) -> Response:
        before, rows, listed = self.length(), list[Row](), False
        try:
            response = self.send(method, path, query, body, headers)
            rows, listed = _rows_in(response)
        finally:
            given = {row["id"]: plain(row) for row in rows}
            self.exchanges.append(Exchange(method, body, before, self.length(), given, listed))
        return response

    def length(self) -> int:
        with self.sandbox.open() as state:
            return state.crm.store.last_seq


def _rows_in(response: Response) -> tuple[list[Row], bool]:
    """The rows that an answer brought, and whether it was a list."""
    if not response.body or response.status >= 400:
        return [], False
    try:
        told: Any = response.json
    except NoAnswer:
        return [], False
    if isinstance(told, dict) and "records" not in told:
        return [told] if "lastModifiedAt" in told else [], False
    return told["records"] if isinstance(told, dict) else told, True
