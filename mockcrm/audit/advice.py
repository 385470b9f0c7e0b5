"""What a correct client does against each hazard (`docs/explanation/hazards.md`), where a finding's advice depends on
its cause.
"""

from collections.abc import Mapping

_MOVING_ROWS = (
    "If anything changed during a paged read, rows may have moved between its pages: read again from the same "
    "watermark. Or read only the first page, and ask again from the stamp of its last row, until no new rows arrive."
)
_NEWEST_ROW = (
    "Never set the next watermark later than the newest row that was delivered, whatever asOf says. Repeat the read "
    "until no new rows arrive."
)
OWN_CLOCK = "Take watermarks from the CRM's answers, never from the client's own clock."
TIME_ZONE = (
    "Keep watermarks as the CRM writes them, with their offset or Z. Treat one without either as UTC, unless the CRM "
    "says otherwise. Never send a local time as UTC, and never convert one that is already in UTC."
)
_HALVES = (
    "No watermark leads further: ask from that stamp in intervals of time, with startAt and endAt. If an interval "
    "returns the most rows that the CRM ever returns, ask for each half of it instead."
)
FULL_READ = "After a 410, read everything. Treat records that are no longer there as deleted."

ADVICE: Mapping[str, str] = {
    "cap-on-one-stamp": _HALVES,
    "child-change-no-bump": "No watermark finds such a change: read everything from time to time.",
    "client-clock-watermark": OWN_CLOCK,
    "cursor-in-another-zone": TIME_ZONE,
    "delete-during-paging": _MOVING_ROWS,
    "edit-during-paging": _MOVING_ROWS,
    "empty-200-mass-delete": "A list that is suddenly empty may be a failure: ask again before you move the watermark "
    "or delete anything.",
    "empty-page-with-next": "Read on until nextPageToken is null, even if a page is empty.",
    "equal-timestamp-at-watermark": "Ask again from exactly the instant that you have read up to. If watermarks are "
    "exclusive, ask from an earlier one. Expect some rows twice.",
    "expired-cursor-swallowed": FULL_READ,
    "insert-during-paging": _MOVING_ROWS,
    "newest-token-on-truncated-page": _NEWEST_ROW,
    "result-cap": _NEWEST_ROW,
    "server-clock-backwards": "If stamps may go backwards, use a lookback that is longer than the largest error of the "
    "CRM's clocks. Or read everything from time to time.",
    "split-stream-race": "Read events and deletions together, with showDeleted=true. If the CRM refuses showDeleted, "
    "read deletions from /deletedEvents, and keep a watermark for each of the two lists.",
    "token-loop": "Stop a paged read when a page token repeats, and read again from the old watermark.",
}
"""By hazard."""
