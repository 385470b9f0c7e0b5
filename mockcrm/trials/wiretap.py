"""Records what passes between a client and a CRM, on the client's side: what it sent, and what it received."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.wsgi import NoAnswer, Response
from mockcrm.client.transport import Send, SentQuery
from mockcrm.reference_client.normalize import EventRow, normal_row
from mockcrm.sandbox.sandbox import Sandbox


@dataclass(frozen=True)
class WireExchange:
    """A request, the rows in its answer by id, and the length of the change log before and after it.

    `listed` says that the rows come from a list, which may show less than a read by id. `status` is 0 if no answer
    came. An answer that is not `whole` does not tell the client what became of its request.
    """

    method: str
    path: str
    query: SentQuery
    body: Any
    status: int
    before: int
    after: int
    rows: Mapping[str, EventRow]
    listed: bool
    whole: bool = True


@dataclass
class Wiretap:
    """A `Send` that records what passes through another. Of the CRM it sees only the length of its change log."""

    send: Send
    sandbox: Sandbox
    exchanges: list[WireExchange] = field(default_factory=list)

    def __call__(self, method: str, path: str, query: SentQuery, body: Any, headers: Mapping[str, str]) -> Response:
        before, rows, listed, status, whole = self.log_length(), list[EventRow](), False, 0, False
        try:
            response = self.send(method, path, query, body, headers)
            status = response.status
            rows, listed, whole = _rows_in(response)
        finally:
            received = {row["id"]: normal_row(row) for row in rows}
            after = self.log_length()
            self.exchanges.append(
                WireExchange(method, path, query, body, status, before, after, received, listed, whole)
            )
        return response

    def log_length(self) -> int:
        with self.sandbox.open() as state:
            return state.crm.store.last_seq


def _rows_in(response: Response) -> tuple[list[EventRow], bool, bool]:
    """The rows in an answer, whether it is a list, and whether it is whole."""
    if not response.body or response.status >= 400:
        return [], False, True
    try:
        body: Any = response.json
    except NoAnswer:
        return [], False, False
    if isinstance(body, dict) and "records" not in body:
        return [body] if "lastModifiedAt" in body else [], False, True
    return body["records"] if isinstance(body, dict) else body, True, True
