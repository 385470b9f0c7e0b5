"""The groups of the catalogue of hazards, by the part of a sync that a hazard harms."""

from collections.abc import Mapping

HAZARD_GROUPS: Mapping[str, tuple[str, ...]] = {
    "watermark": (
        "equal-timestamp-at-watermark",
        "inclusive-since-repeat",
        "bulk-same-timestamp",
        "second-truncated-timestamps",
        "rounded-up-cursor",
        "client-clock-watermark",
        "late-commit-visibility",
        "index-lag",
        "out-of-order-rows",
        "server-clock-backwards",
        "replica-lag",
        "noop-touch-storm",
        "child-change-no-bump",
        "split-stream-race",
        "sliding-window-delta",
        "cursor-in-another-zone",
    ),
    "paging": (
        "edit-during-paging",
        "delete-during-paging",
        "insert-during-paging",
        "token-loop",
        "duplicate-page",
        "empty-page-with-next",
        "page-token-expired",
        "newest-token-on-truncated-page",
        "result-cap",
        "cap-on-one-stamp",
    ),
    "deletion": (
        "create-delete-between-polls",
        "undelete-same-id",
        "delete-recreate-new-id",
        "tombstone-expired",
        "expired-cursor-swallowed",
        "empty-200-mass-delete",
        "delete-of-deleted",
        "edit-vs-delete",
        "id-only-tombstone",
    ),
    "writing": (
        "lost-response-on-create",
        "retry-nonidempotent-post",
        "concurrent-lost-update",
        "stale-etag-after-write",
        "tag-without-content",
        "put-clobbers-absent",
        "null-vs-absent",
        "attendees-replaced",
        "rsvp-reset",
        "omitted-not-empty",
        "echo-own-write",
        "server-normalizes",
        "growing-text",
        "unknown-fields-dropped",
        "poison-event",
    ),
    "time": (
        "allday-tz-drift",
        "allday-end-inclusive",
        "allday-flip",
        "dst-gap-and-fold",
        "zero-length-event",
        "edge-spanning-window",
        "moved-out-of-window",
        "timestamp-formats",
    ),
    "identity": (
        "private-redaction",
        "attendee-case",
        "attendee-multi-identity",
        "id-beyond-2-53",
        "series-rewritten",
        "unicode-and-size",
    ),
    "people": (
        "contact-merged",
        "contact-deleted-under-attendee",
        "lead-converted",
        "lookup-lags-create",
        "secondary-address",
        "address-as-key",
        "account-renamed",
    ),
    "calendars": (
        "one-cursor-many-calendars",
        "calendar-gone",
        "calendar-removed",
        "moved-between-calendars",
        "same-meeting-two-users",
    ),
    "children": (
        "parent-child-duplication",
        "child-before-parent",
        "child-outlives-parent",
        "parent-delete-cascades",
    ),
    "transport": (
        "rate-limit-burst",
        "error-mid-pagination",
        "truncated-json",
        "html-instead-of-json",
        "slow-response",
        "token-expires-mid-sync",
    ),
}
"""The names of the hazards of each group, in the catalogue's order."""

HAZARD_NAMES = tuple(name for names in HAZARD_GROUPS.values() for name in names)
"""All hazards, in the catalogue's order."""

_GROUP_OF = {name: group for group, names in HAZARD_GROUPS.items() for name in names}


def hazard_group(name: str) -> str | None:
    """The group of a hazard; None for any other scenario.

    >>> hazard_group("result-cap"), hazard_group("quickstart")
    ('paging', None)
    """
    return _GROUP_OF.get(name)
