"""What keeps a client from making progress, or the audit from telling clients apart: each type of finding."""

from mockcrm.audit.finding_type import FindingType

PROGRESS_FINDINGS = (
    FindingType(
        "request.futile",
        "warning",
        "The same request was refused in the same way, again and again",
        "The client repeats a request that the CRM refuses for a reason that will not go away by itself.",
        "A PATCH with a weak ETag gets a 412. Each run sends it again.",
        "Repeat only what may pass by itself: 408, 429, 503 and the like. After a 412, read the record again, and "
        "send its new tag as it is. Set anything else aside, report it to a person, and go on with the rest.",
        explanation="{how}, most recently with {requests}. {more}",
    ),
    FindingType(
        "read.futile",
        "warning",
        "The same list was requested again and again, to no effect",
        "The client repeats a list request that the CRM refuses, or that never goes beyond its first pages. So the "
        "client never receives what is waiting for it.",
        "The CRM keeps tombstones for two weeks. After a 410 the client asks for all changes since 1970, gets a 410 "
        "again, and repeats that for ever.",
        "After a 410, read everything without `since`. After any other refusal, change the request. Read each list to "
        "its last page.",
        explanation="{how}, most recently with {requests}. {more}",
        causes=("child-before-parent",),
    ),
    FindingType(
        "read.capped",
        "warning",
        "A capped list returns the same rows again and again",
        "The CRM returns only so many rows, and the client asks for the same ones again. So it gets the same rows "
        "each time, while others wait. This happens if more rows share a stamp than the CRM returns at a time.",
        "A batch stamps seven events with one instant, and the CRM returns at most three rows.",
        "If a list that was cut short brings nothing new, ask in another way: by intervals of time, each so short that "
        "its list is complete.",
        explanation="{how}, most recently with {requests}. {more}",
        hazard="result-cap",
        causes=("cap-on-one-stamp",),
    ),
    FindingType(
        "pageToken.loop",
        "warning",
        "The client asks for the same page again and again",
        "A paged read comes to the same page again and again. The CRM returned a page token twice in this read, and "
        "the client used it again. Or the client does not go on to the next page.",
        "A page's nextPageToken is the token of that very page. The client asks for it for ever.",
        "Stop a paged read when a page token repeats, and read again from the old watermark.",
        explanation="The read of request {of} came to the same page {count} times, most recently with {requests}. "
        "{why}",
        causes=("token-loop",),
    ),
    FindingType(
        "client.ambiguous",
        "note",
        "Two names may be one client",
        "A client with an opaque token stopped, and another token appeared. It may be a renewed one or that of another "
        "client: it began as a new client does, or used nothing that only the first client had been sent. Or the first "
        "token came back after the second had looked like its renewal.",
        "A client renews its token between two syncs, and begins with a full read.",
        "To settle it, let each client send a name of its own in the header X-Mockcrm-Client, or put a user in the "
        "base URL: http://sync@127.0.0.1:8080.",
        explanation="{how}",
    ),
)
"""What keeps a client from making progress, or from being told apart from others."""
