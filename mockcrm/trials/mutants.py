"""The mutants: the reference client without one safeguard or several, and the hazards that are meant to catch them."""

from collections.abc import Mapping

from mockcrm.reference_client.safeguards import Safeguard

SAFETY_NETS = {
    Safeguard.LOOKBACK,
    Safeguard.DAILY_RESYNC,
    Safeguard.STABLE_READ,
    Safeguard.READ_ON,
    Safeguard.ABSENCE_CHECK,
}
"""The safeguards that recover a change after another safeguard has missed it. Most mutants that read lack them too."""

AURINKO = "aurinko"
"""Not a mutant, but a client that reads as Aurinko's does (`mockcrm.reference_client.aurinko`)."""

READ_MUTANTS: Mapping[str, frozenset[Safeguard]] = {
    "careful": frozenset(),
    "no lookback": frozenset({Safeguard.LOOKBACK}),
    "no safety nets": frozenset(SAFETY_NETS),
} | {
    name: frozenset({*SAFETY_NETS, *without})
    for name, without in {
        "largest stamp": {Safeguard.AS_OF},
        "own clock": {Safeguard.CRM_CLOCK},
        "last page's asOf": {Safeguard.FIRST_PAGE},
        "shared watermark": {Safeguard.OWN_WATERMARKS},
        "watermark per page": {Safeguard.LAST_PAGE, Safeguard.RETRIES},
        "first page only": {Safeguard.ALL_PAGES},
        "stops at empty page": {Safeguard.EMPTY_PAGES},
        "pages by stamp": {Safeguard.PAGE_TOKENS},
        "no loop guard": {Safeguard.LOOP_GUARD},
        "no tombstones": {Safeguard.TOMBSTONES},
        "ignores 410": {Safeguard.FULL_RESYNC},
        "ignores Retry-After": {Safeguard.RETRY_AFTER},
        "no comparison": {Safeguard.COMPARE_CONTENT},
        "signs in once": {Safeguard.NEW_CREDENTIALS},
    }.items()
}
"""The careful client, and the mutants that read carelessly, each with the safeguards that it lacks."""

WRITE_MUTANTS: Mapping[str, frozenset[Safeguard]] = {
    name: frozenset(without)
    for name, without in {
        "careful": set[Safeguard](),
        "no If-Match": {Safeguard.IF_MATCH, Safeguard.CHANGES_ONLY},
        "blind": {Safeguard.READ_BEFORE_WRITE},
        "blind, all fields": {Safeguard.READ_BEFORE_WRITE, Safeguard.CHANGES_ONLY},
        "blind, trusts lists": {Safeguard.READ_BEFORE_WRITE, Safeguard.CHANGES_ONLY, Safeguard.COMPLETE_ROWS},
        "no idempotency keys": {Safeguard.IDEMPOTENCY_KEYS},
        "partial PUT": {Safeguard.COMPLETE_PUTS},
        "no nulls": {Safeguard.NULLS},
        "visible attendees only": {Safeguard.HIDDEN_ATTENDEES},
        "known fields only": {Safeguard.UNKNOWN_FIELDS},
        "insists on wording": {Safeguard.STORED_ANSWER},
        "recreates deleted": {Safeguard.DELETION_WINS},
        "uploads missing": {Safeguard.ABSENCE_IS_DELETION, Safeguard.ABSENCE_CHECK},
        "writes every row": {Safeguard.COMPARE_CONTENT},
        "inclusive end": {Safeguard.EXCLUSIVE_END},
        "stops at unfit event": {Safeguard.QUARANTINE},
    }.items()
}
"""The careful client, and the mutants that write carelessly, each with the safeguards that it lacks."""

MUTANTS = {**READ_MUTANTS, **WRITE_MUTANTS}

TARGETS: Mapping[str, str] = {
    "equal-timestamp-at-watermark": "no lookback",
    "bulk-same-timestamp": "pages by stamp",
    "second-truncated-timestamps": "largest stamp",
    "rounded-up-cursor": AURINKO,
    "client-clock-watermark": "own clock",
    "late-commit-visibility": "no lookback",
    "index-lag": "no lookback",
    "out-of-order-rows": "pages by stamp",
    "server-clock-backwards": "no lookback",
    "child-change-no-bump": "no safety nets",
    "split-stream-race": "shared watermark",
    "edit-during-paging": "no safety nets",
    "delete-during-paging": "no safety nets",
    "insert-during-paging": "last page's asOf",
    "empty-page-with-next": "stops at empty page",
    "page-token-expired": "watermark per page",
    "newest-token-on-truncated-page": "no safety nets",
    "result-cap": "no safety nets",
    "tombstone-expired": "no safety nets",
    "expired-cursor-swallowed": "ignores 410",
    "rate-limit-burst": "ignores Retry-After",
    "error-mid-pagination": "watermark per page",
    "lost-response-on-create": "no idempotency keys",
    "retry-nonidempotent-post": "no idempotency keys",
    "concurrent-lost-update": "no If-Match",
    "put-clobbers-absent": "partial PUT",
    "omitted-not-empty": "blind, trusts lists",
    "echo-own-write": "writes every row",
    "server-normalizes": "insists on wording",
    "unknown-fields-dropped": "known fields only",
    "allday-end-inclusive": "inclusive end",
    "private-redaction": "blind, trusts lists",
}
"""The mutant that each hazard is meant to catch: the audit must report it, and name the hazard as the cause.

The other hazards have no such mutant. No mutant loses anything to them, or they only make it stop (token-loop,
token-expires-mid-sync).
"""
