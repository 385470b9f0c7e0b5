"""What keeps a client from making progress, or the audit from telling clients apart: each type of finding."""

from mockcrm.audit.finding_type import FindingType

PROGRESS_FINDINGS = (
    FindingType(
        "request.futile",
        "warning",
        "The same request was refused in the same way, again and again",
        "The client repeats a request that the CRM refuses for a reason which does not pass by itself.",
        "A PATCH with a weak ETag gets a 412. Each run sends it again.",
        "Repeat only what may pass by itself: 408, 429, 503 and the like. Put anything else aside, say so to a person, "
        "and go on with the rest.",
        explanation="{how}: {requests}.",
    ),
    FindingType(
        "read.futile",
        "warning",
        "The same list was refused in the same way, again and again",
        "The client repeats a list request that the CRM refuses. Changes wait, and this request never delivers them.",
        "The CRM keeps tombstones for two weeks. After a 410 the client asks since 1970, gets a 410 again, and repeats "
        "that for ever.",
        "After a 410, read everything without `since`. After any other refusal, change the request.",
        explanation="{how}: {requests}.",
    ),
    FindingType(
        "read.capped",
        "warning",
        "A capped list returns the same rows again and again",
        "The CRM returns only so many rows, and the client asks again from the largest stamp among them. More rows "
        "than that have this stamp, so the client gets the same rows each time while other changes wait.",
        "A batch stamps seven events with one instant, and the CRM returns at most three rows.",
        "If an answer with a new page has no new rows, ask in another way: read everything, or by intervals.",
        explanation="{how}: {requests}.",
    ),
    FindingType(
        "pageToken.loop",
        "warning",
        "The client follows page tokens that repeat",
        "The CRM returned a page token that it had returned before in the same read, and the client went on with it.",
        "A page's nextPageToken is the token of that very page. The client asks for it for ever.",
        "Stop a paged read when a page token repeats, and read again from the old watermark.",
        explanation="The read of request {first} came to the same page {count} times: {requests}.",
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
