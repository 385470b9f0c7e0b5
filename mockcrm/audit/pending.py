"""What clients still lack of what lists showed at an earlier moment, and may still be delivered to them."""

from collections.abc import Iterator

from mockcrm.audit.auditor import Audit, Auditor
from mockcrm.audit.books import Books
from mockcrm.crm.change import Change, VisibilityPoint
from mockcrm.crm.fake_crm import FakeCrm


def still_pending(crm: FakeCrm, books: Books, audit: Audit, point: VisibilityPoint) -> dict[str, int]:
    """How many changes that lists showed at a moment each client still lacks, by client; only those that lack some.

    `audit` is the audit of these books. What is out of a client's reach is not pending: the audit has a finding for it.
    """
    visibility = books.visibility(crm)
    found: dict[str, int] = {}
    lacking = {client.client for client in audit.clients if client.pending}
    for known in books.known_clients():
        if (name := known.names[0]) in lacking:
            auditors = (Auditor(crm, visibility, known, place) for place in known.account.placed)
            found[name] = sum(1 for auditor in auditors for _ in _pending(auditor, point))
    return {name: count for name, count in found.items() if count}


def _pending(auditor: Auditor, point: VisibilityPoint) -> Iterator[Change]:
    """The visible versions that the client lacks, and lacked already when lists showed an earlier one at the moment."""
    for change in auditor.records.visible_all():
        if not auditor.owed(change):
            continue
        shown = _shown_at(auditor, change, point)
        if shown is not None and auditor.owed(shown) and not auditor.out_of_reach(change):
            yield change


def _shown_at(auditor: Auditor, change: Change, point: VisibilityPoint) -> Change | None:
    """The version of the same record that lists showed at a moment."""
    version: Change | None = change
    while version is not None and not auditor.visibility.visible(version, point):
        version = version.prior
    return version
