"""Finds a new entry's meeting in the CRM, where another user's sync may have uploaded it already."""

from collections.abc import Set

from mockcrm.reference_client.crm_api import EVENTS, CrmApi
from mockcrm.reference_client.mailbox import Fields
from mockcrm.reference_client.normalize import EventRow, event_from_entry
from mockcrm.reference_client.paging import MAX_PAGES
from mockcrm.reference_client.safeguards import Safeguard
from mockcrm.reference_client.sync_state import SyncState

FEWEST_GUESTS = 2
"""Of how many guests at least one may be another user, whose sync uploads the meeting as well."""


class MeetingFinder:
    """Looks for meetings by when they are, and compares who meets about what."""

    def __init__(self, crm: CrmApi, state: SyncState, safeguards: Set[Safeguard]) -> None:
        self.crm, self.state, self.safeguards = crm, state, safeguards

    def find(self, entry: Fields) -> EventRow | None:
        """The meeting that an entry stands for, unless another entry stands for it already. Raises `GaveUp`."""
        content = event_from_entry(entry, {})
        if Safeguard.ADOPTS_MEETINGS not in self.safeguards or len(_addresses(content)) < FEWEST_GUESTS:
            return None
        query = {"startAt": content["startTime"], "endAt": content["endTime"]}
        for _ in range(MAX_PAGES):
            page = self.crm.page(EVENTS, query)
            for row in page.rows:
                if row["id"] not in self.state.known and _are_same(row, content):
                    return row
            if page.next_token is None:
                break
            query = {"pageToken": page.next_token}
        return None


def _are_same(row: EventRow, content: Fields) -> bool:
    """Whether the same people meet at the same time about the same."""
    times = all(row.get(name) == content.get(name) for name in ("subject", "startTime", "endTime"))
    return times and _addresses(row) == _addresses(content)


def _addresses(content: Fields) -> frozenset[str]:
    attendees = content.get("attendees") or ()
    return frozenset(each["emailAddress"].casefold() for each in attendees if each.get("emailAddress"))
