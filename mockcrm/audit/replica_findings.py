"""What can be wrong with a client's replica: each type of finding."""

from mockcrm.audit.finding_type import FindingType

_STORE_TOGETHER = "In one transaction, store each row that arrives and the watermark that moves past it."

REPLICA_FINDINGS = (
    FindingType(
        "replica.missing",
        "error",
        "{record} is not in the replica",
        "The replica lacks an event. It was delivered and then lost, or no read that the client makes will return it.",
        "A row that could not be stored was logged and skipped.",
        _STORE_TOGETHER,
    ),
    FindingType(
        "replica.stale",
        "error",
        "{record} differs in the replica: {fields}",
        "A record differs from its event. The newer version was delivered and then lost, or no read that the client "
        "makes will return it.",
        "Two runs overlap, and the older answer is stored last.",
        _STORE_TOGETHER,
    ),
    FindingType(
        "replica.phantom",
        "error",
        "{record} is in the replica, but not in the CRM",
        "The replica has a record of an event that was deleted, lies outside the window, or never existed.",
        "A tombstone arrives before its event, and is dropped.",
        "Store each tombstone, even if its record has not arrived yet. After a read of everything, remove each record "
        "that it did not return.",
    ),
    FindingType(
        "replica.duplicate",
        "error",
        "{record} is in the replica more than once",
        "Two or more records in the replica have the same id, which is that of a living event.",
        "A page arrives twice, and its rows are inserted twice.",
        "Store records by the id that the CRM gave them.",
    ),
    FindingType(
        "replica.pending",
        "note",
        "{record} differs in the replica until the client's next sync",
        "The client cannot know of the change yet: a read that it makes will deliver it.",
        "A colleague edits a meeting after the last poll.",
        "Let the client sync, and compare again.",
    ),
)
"""What can be wrong with a client's replica, if a test passes one to the audit."""
