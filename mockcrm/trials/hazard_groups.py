"""The catalogue of hazards: every file in `fixtures/hazards/`, by the part of a sync that it strikes at."""

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
        "put-clobbers-absent",
        "null-vs-absent",
        "attendees-replaced",
        "omitted-not-empty",
        "echo-own-write",
        "server-normalizes",
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
        "parent-child-duplication",
        "id-beyond-2-53",
        "unicode-and-size",
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

READ_HAZARDS = (
    *HAZARD_GROUPS["watermark"],
    *HAZARD_GROUPS["paging"],
    *HAZARD_GROUPS["deletion"],
    "rate-limit-burst",
    "error-mid-pagination",
    "token-expires-mid-sync",
    "truncated-json",
)
"""What a client that only reads can suffer from."""

WRITE_HAZARDS = (
    *HAZARD_GROUPS["writing"],
    *HAZARD_GROUPS["time"],
    *HAZARD_GROUPS["identity"],
    "html-instead-of-json",
    "slow-response",
    "inclusive-since-repeat",
    "noop-touch-storm",
    "replica-lag",
    "index-lag",
    *HAZARD_GROUPS["deletion"],
)
"""What a client that writes can suffer from. Some of these concern readers as well."""


def group_of(hazard: str) -> str:
    """The group that a hazard belongs to. Raises `KeyError` for an unknown one."""
    groups = {each: group for group, hazards in HAZARD_GROUPS.items() for each in hazards}
    return groups[hazard]
