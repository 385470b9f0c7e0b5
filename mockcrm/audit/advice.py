"""What a correct client does against each hazard (`docs/explanation/hazards.md`), where a finding's advice depends on
its cause.
"""

from collections.abc import Mapping

_MOVING_ROWS = (
    "If anything has changed by the end of a paged read, rows may have moved between its pages: read again from the "
    "same watermark. Or take the first page only, and ask again from the stamp of its last row until nothing is new."
)
_NEWEST_ROW = (
    "Put the next watermark no later than the newest row that was delivered, whatever asOf says, and ask until nothing "
    "is new."
)
OWN_CLOCK = "Take watermarks from the CRM's answers, never from the client's own clock."
FULL_READ = "After a 410 read everything, and treat what is no longer there as deleted."

ADVICE: Mapping[str, str] = {
    "child-change-no-bump": "No watermark finds such a change: read everything from time to time.",
    "client-clock-watermark": OWN_CLOCK,
    "delete-during-paging": _MOVING_ROWS,
    "edit-during-paging": _MOVING_ROWS,
    "empty-200-mass-delete": "A list that is suddenly empty may be a failure: ask once more before you move the "
    "watermark, and before you delete anything.",
    "empty-page-with-next": "A paged read ends with the page whose nextPageToken is null, however few records it has.",
    "equal-timestamp-at-watermark": "Ask again from the very instant that you have read up to, or from an earlier one "
    "where watermarks are exclusive, and accept that a row comes twice.",
    "expired-cursor-swallowed": FULL_READ,
    "insert-during-paging": _MOVING_ROWS,
    "newest-token-on-truncated-page": _NEWEST_ROW,
    "result-cap": _NEWEST_ROW,
    "server-clock-backwards": "Where stamps may go back, set the watermark back by more than clocks are ever wrong; or "
    "read everything from time to time.",
    "split-stream-race": "Read events and deletions together, with showDeleted=true; or keep a watermark for each.",
    "token-loop": "Stop a paged read when a page token comes twice, and read again from the old watermark.",
}
"""By hazard."""
