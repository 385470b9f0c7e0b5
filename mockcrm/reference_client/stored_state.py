"""What a reference client has to remember from sync to sync, as a JSON document."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mockcrm.base.times import format_instant, parse_instant
from mockcrm.reference_client.aurinko import Aurinko
from mockcrm.reference_client.crm_api import CrmApi, ListPage
from mockcrm.reference_client.mailbox import MailboxEntry, MemoryMailbox
from mockcrm.reference_client.paging import ClientRead, Pager
from mockcrm.reference_client.parallel import SliceReader
from mockcrm.reference_client.pull import Puller
from mockcrm.reference_client.push import Pusher
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.reference_client.sync_state import KnownEvent, SyncState
from mockcrm.reference_client.two_filters import FilterReader
from mockcrm.reference_client.windowed import WindowReader
from mockcrm.reference_client.windows import ReadWindow


@dataclass(frozen=True)
class _Codec:
    """How a value is written as JSON's types, and read from them."""

    write: Callable[[Any], Any] = lambda value: value
    read: Callable[[Any], Any] = lambda value: value


def _optional(codec: _Codec) -> _Codec:
    return _Codec(
        lambda value: None if value is None else codec.write(value),
        lambda value: None if value is None else codec.read(value),
    )


def _by_id(record: Callable[..., Any]) -> _Codec:
    """Records of a dataclass whose fields are JSON's types, in a mapping."""
    return _Codec(
        lambda records: {name: asdict(each) for name, each in records.items()},
        lambda records: {name: record(**each) for name, each in records.items()},
    )


def _read_of(document: Mapping[str, Any]) -> ClientRead:
    return ClientRead(document["path"], document["query"], [ListPage(**page) for page in document["pages"]])


_PLAIN = _Codec()
_SET = _Codec(sorted, set)
_INSTANT = _optional(_Codec(format_instant, parse_instant))
_WINDOW = _optional(
    _Codec(
        lambda window: [_INSTANT.write(window.start), _INSTANT.write(window.end)],
        lambda bounds: ReadWindow(*map(_INSTANT.read, bounds)),
    )
)
_WINDOWS = _Codec(lambda windows: [*map(_WINDOW.write, windows)], lambda windows: [*map(_WINDOW.read, windows)])

_REMEMBERED: Mapping[type, Mapping[str, _Codec]] = {
    ReferenceClient: {"names": _PLAIN, "tokens": _PLAIN},
    MemoryMailbox: {"items": _by_id(MailboxEntry), "created": _PLAIN},
    CrmApi: {"headers": _PLAIN, "two_streams": _PLAIN},
    SyncState: {"known": _by_id(KnownEvent), "aside": _PLAIN},
    Pusher: {"sending": _PLAIN, "uncertain": _SET, "refused": _PLAIN, "method": _PLAIN},
    Pager: {
        "largest": _PLAIN,
        "read_all_at": _INSTANT,
        "unfinished": _Codec(lambda reads: [*map(asdict, reads)], lambda reads: [*map(_read_of, reads)]),
    },
    Puller: {"watermarks": _PLAIN},
    SliceReader: {"watermark": _PLAIN},
    WindowReader: {"window": _WINDOW},
    FilterReader: {"watermarks": _PLAIN, "read_whole": _WINDOWS, "deltas": _PLAIN},
    Aurinko: {"rows": _PLAIN, "largest": _PLAIN, "streams": _PLAIN},
}
"""What the parts of a client remember, attribute by attribute."""


def state_document(client: ReferenceClient) -> dict[str, Any]:
    """All that a client knows, in JSON's types: part by part, attribute by attribute."""
    found: dict[str, Any] = {}
    for part, kind, name, codec in _attributes(client):
        found.setdefault(kind, {})[name] = codec.write(getattr(part, name))
    return found


def restore_state(client: ReferenceClient, document: Mapping[str, Any]) -> None:
    """Have a new client know what another knew. Another document raises an error of any kind."""
    for part, kind, name, codec in _attributes(client):
        setattr(part, name, codec.read(document[kind][name]))


def _attributes(client: ReferenceClient) -> Iterator[tuple[Any, str, str, _Codec]]:
    """Each attribute to remember: whose it is, the name of its class and its own, and how it is written."""
    for part in _parts(client):
        for kind in type(part).__mro__:
            for name, codec in _REMEMBERED.get(kind, {}).items():
                yield part, kind.__name__, name, codec


def _parts(client: ReferenceClient) -> list[Any]:
    inner = client.client
    if isinstance(inner, Aurinko):
        return [client, inner]
    return [client, client.mailbox, inner.crm, inner.state, inner.pusher, inner.reader]
