"""What a client under test looks like to whoever plays a scenario with it."""

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class SyncClient(Protocol):
    """A client under test: an object with a method `sync`, which syncs once and raises an exception if it fails.

    It may have three more methods, each of which is called if it is there:

    - `apply(mailbox)` carries out, in the calendar on the other side, what its user did since the last sync. `mailbox`
      is a list of `mockcrm.types.MailboxAction`. Scenarios with a mailbox need it.
    - `replica()` returns the client's copy of the CRM's events: a list of records, or a mapping from ids to records.
      It is compared with the CRM at the end.
    - `close()` is called when the scenario has been played.

    Each method may be a coroutine function where `play_async` or `mockcrm.trial` calls it.

    >>> class Reader:
    ...     def __init__(self, url): self.url, self.since, self.records = url, None, {}
    ...     def sync(self): ...
    ...     def replica(self): return self.records
    """

    def sync(self) -> Any: ...
