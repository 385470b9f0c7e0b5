"""What a client under test looks like to the player of a scenario."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

METHODS = ("sync", "apply", "replica", "close")
"""What a client may be asked to do. It must have the first."""


@runtime_checkable
class SyncClient(Protocol):
    """A client under test: an object with a method `sync`, which syncs once and raises an exception if it fails.

    `crm.scenario.play`, `play_async` and `mockcrm.trial` take one. It may have three more methods, each of which is
    called if it is there:

    - `apply(mailbox)` carries out, in the calendar on the other side, what its user did since the last sync. `mailbox`
      is a `list[mockcrm.types.MailboxAction]` (`docs/reference/scenarios.md`). Scenarios with a mailbox need it.
    - `replica()` returns the client's copy of the CRM's events: an iterable of records or of ids, a mapping from ids
      to records, or a mapping with such a `replica` and, if need be, its `kind`, `window` and `client` (the fields of
      `POST /admin/audit`). A mapping from `events`, `contacts` and so on to such copies has several kinds of records.
      None means that there is no copy. It is compared with the CRM after the last sync.
    - `close()` is called when the scenario has been played, whatever came of it.

    Each may be a coroutine function where `play_async` or `mockcrm.trial` calls it, in one event loop for the whole
    scenario; `play` refuses them.

    >>> class Reader:
    ...     def __init__(self, url: str) -> None:
    ...         self.url, self.events = url, dict[str, object]()
    ...
    ...     def sync(self) -> None:
    ...         with urllib.request.urlopen(f"{self.url}/events") as answer:
    ...             self.events = {event["id"]: event for event in json.load(answer)["records"]}
    ...
    ...     def replica(self) -> dict[str, object]:
    ...         return self.events
    """

    def sync(self) -> object: ...


def methods_of(client: SyncClient) -> Mapping[str, Callable[..., Any]]:
    """The methods that a client has, by their names. Raises `TypeError` if it has no `sync`."""
    found = {name: getattr(client, name, None) for name in METHODS}
    if not callable(found["sync"]):
        raise TypeError(f"{type(client).__name__} is not a client under test: it has no method `sync`.")
    return {name: method for name, method in found.items() if callable(method)}


def apply_is_missing(client: SyncClient) -> str:
    """What to say of a client without `apply` where a scenario has a mailbox."""
    name = type(client).__name__
    return f"In this scenario users change the calendar on the other side, and {name} has no method `apply`."


def replica_arguments(found: Any) -> list[dict[str, Any]] | None:
    """The arguments of `ScenarioControls.replica`, from what a client's `replica` returned; None if it has no copy.

    They are those of one call, or of one for each kind.
    """
    if found is None:
        return None
    if sections := sections_of(found):
        return [{**_arguments(records), "kind": kind} for kind, records in sections.items()]
    return [_arguments(found)]


def sections_of(found: Any) -> Mapping[str, Any]:
    """The parts of a copy that has a section for each kind of records, by the names of the kinds; else none.

    >>> sections_of({"contacts": [{"id": "1001"}], "events": []})
    {'contact': [{'id': '1001'}], 'event': []}
    """
    from mockcrm.client.types.names import KIND_OF_PATH  # noqa: PLC0415  a test without a copy needs no types

    if not isinstance(found, Mapping) or not found or not found.keys() <= KIND_OF_PATH.keys():
        return {}
    return {KIND_OF_PATH[path]: records for path, records in found.items()}


def _arguments(found: Any) -> dict[str, Any]:
    if isinstance(found, Mapping) and "replica" in found:
        records = found["replica"]
        others = {name: found[name] for name in ("client", "kind", "window") if name in found}
    else:
        records, others = found, {}
    return {"records": list(records.values() if isinstance(records, Mapping) else records), **others}
