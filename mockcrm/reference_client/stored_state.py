"""What a reference client has to remember from sync to sync, as a JSON document."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from types import NoneType
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import format_instant, parse_instant
from mockcrm.reference_client.aurinko import Aurinko
from mockcrm.reference_client.calendars import CALENDARS, CalendarList, Calendars
from mockcrm.reference_client.children import FamilyState
from mockcrm.reference_client.client import Client
from mockcrm.reference_client.crm_api import DELETIONS, EVENTS, CrmApi, ListPage, deletions_of
from mockcrm.reference_client.directory import PATHS, Directory, KnownPerson, People
from mockcrm.reference_client.mailbox import MailboxEntry, MemoryMailbox
from mockcrm.reference_client.matching import Matched, PeopleMatcher
from mockcrm.reference_client.normalize import entry_from_event, event_from_entry, normal_row
from mockcrm.reference_client.paging import ClientRead, Pager
from mockcrm.reference_client.parallel import SliceReader
from mockcrm.reference_client.pull import Puller
from mockcrm.reference_client.push import Pusher
from mockcrm.reference_client.sync_client import ReferenceClient
from mockcrm.reference_client.sync_state import KnownEvent, SyncState
from mockcrm.reference_client.two_filters import FilterReader
from mockcrm.reference_client.windowed import WindowReader
from mockcrm.reference_client.windows import ReadWindow

_Read = Callable[[Any], Any]
"""Checks one of JSON's values, and returns what it stands for. A value of another type or form raises `MALFORMED`."""


def _one_of(*types: type) -> _Read:
    def read(value: Any) -> Any:
        # A bool is an int to `isinstance`, but not to a client.
        return value if type(value) in types else _refuse(value)

    return read


def _like(pattern: str) -> _Read:
    return lambda text: text if re.fullmatch(pattern, text) else _refuse(text)


def _refuse(value: Any) -> Any:
    raise ValueError(f"{value!r} is not what a client writes.")


def _list_of(read: _Read) -> _Read:
    return lambda values: [*map(read, _LIST(values))]


def _by_name(read: _Read, name: _Read) -> _Read:
    return lambda values: {name(key): read(value) for key, value in values.items()}


def _record(make: Callable[..., Any], **fields: _Read) -> _Read:
    """A dataclass from its fields, all of which are there."""

    def read(document: Any) -> Any:
        if document.keys() != fields.keys():
            _refuse([*document])
        return make(**{name: each(document[name]) for name, each in fields.items()})

    return read


def _instant_text(text: str) -> str:
    parse_instant(text)
    return text


def _largest(stamp: str) -> str:
    return stamp if stamp == "" else _instant_text(stamp)


def _content(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fields that the mailbox can show, and that can be written to the CRM."""
    _FIELDS(fields)
    event_from_entry(entry_from_event(fields), {})
    return fields


def _row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event or a tombstone as the CRM sent it."""
    _ID(row["id"])
    normal_row(row)
    return _content(row)


def _normal_row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """One in the client's own form."""
    return _row(_normal_record(row))


def _normal_record(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A record of any kind in the client's own form. Only a tombstone may lack the stamp."""
    _ID(row["id"])
    if normal_row(row) != row or not (row.get("deleted") or row["lastModifiedAt"]):
        _refuse(row)
    return row


def _person(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A user, a contact or a lead in the client's own form."""
    for text in (row.get("emailAddress"), *(row.get("otherEmailAddresses") or ()), row.get("accountId")):
        _TEXT_OR_NONE(text)
    return _normal_record(row)


_TEXT, _NUMBER = _one_of(str), _one_of(int)
_LIST, _FIELDS = _one_of(list), _one_of(dict)
_TEXT_OR_NONE, _FLAG_OR_NONE = _one_of(str, NoneType), _one_of(bool, NoneType)
_ID = _like("[ -~]*")
"""Text that may stand in a path or in a header."""
_STREAM = _like(f"{EVENTS}|{DELETIONS}")
_CALENDAR = f"(?:{CALENDARS}/[!-.0-~]+)?"
_EVENT_LIST = _like(f"{_CALENDAR}{EVENTS}")
"""The list of the events on a calendar."""


def _page(row: _Read) -> _Read:
    return _record(ListPage, rows=_list_of(row), next_token=_TEXT_OR_NONE, as_of=_instant_text, clock=_instant_text)


def _unfinished(stream: _Read, row: _Read) -> _Read:
    return _record(ClientRead, path=stream, query=_by_name(_TEXT, _TEXT), pages=_list_of(_page(row)))


_READS = _unfinished(_like(f"{_CALENDAR}(?:{EVENTS}|{DELETIONS})"), _normal_row)
_OTHERS = (*PATHS, CALENDARS)
_OTHER_LISTS = (*_OTHERS, *map(deletions_of, _OTHERS))
_OTHER_READS = _unfinished(_like("|".join(_OTHER_LISTS)), _normal_record)


def _read_of_any(document: Mapping[str, Any]) -> ClientRead:
    """A paged read of events, of people or of calendars."""
    read: ClientRead = (_OTHER_READS if document["path"] in _OTHER_LISTS else _READS)(document)
    return read


_PERSON = _record(KnownPerson, path=_like("|".join(PATHS)), row=_person)
_MATCHED = _record(Matched, content=_content, unmatched=_list_of(_TEXT))
_ENTRY = _record(MailboxEntry, id=_ID, content=_content, event_id=_TEXT_OR_NONE, revision=_NUMBER)
_KNOWN = _record(KnownEvent, item_id=_ID, content=_content, stamp=_TEXT, revision=_NUMBER)


@dataclass(frozen=True)
class _Codec:
    """How a value is read from JSON's types, and written as them."""

    read: _Read
    write: Callable[[Any], Any] = lambda value: value


def _optional(codec: _Codec) -> _Codec:
    return _Codec(
        lambda value: None if value is None else codec.read(value),
        lambda value: None if value is None else codec.write(value),
    )


def _records(read: _Read) -> _Codec:
    """Records of a dataclass whose fields are JSON's types, by their ids."""
    return _Codec(
        _by_name(read, _ID),
        lambda records: {name: asdict(each) for name, each in records.items()},
    )


_SET = _Codec(lambda values: {*_list_of(_ID)(values)}, sorted)
_INSTANT = _optional(_Codec(parse_instant, format_instant))
_WINDOW = _optional(
    _Codec(
        lambda bounds: ReadWindow(*map(_INSTANT.read, bounds)),
        lambda window: [_INSTANT.write(window.start), _INSTANT.write(window.end)],
    )
)
_WINDOWS = _Codec(_list_of(_WINDOW.read), lambda windows: [*map(_WINDOW.write, windows)])
_TEXTS, _COUNT = _Codec(_by_name(_TEXT, _TEXT)), _Codec(_NUMBER)

_LISTED = _Codec(_by_name(_EVENT_LIST, _ID))

_REMEMBERED: Mapping[type, Mapping[str, _Codec]] = {
    ReferenceClient: {"names": _TEXTS, "tokens": _COUNT},
    MemoryMailbox: {"items": _records(_ENTRY), "created": _COUNT},
    CrmApi: {"headers": _Codec(_by_name(_ID, _like("[A-Za-z-]+"))), "two_streams": _Codec(_FLAG_OR_NONE)},
    FamilyState: {"waiting": _SET, "cancelled": _SET},
    SyncState: {"known": _records(_KNOWN), "aside": _Codec(_by_name(_normal_row, _ID))},
    Pusher: {
        "sending": _Codec(_by_name(_content, _ID)),
        "uncertain": _SET,
        "refused": _Codec(_by_name(_NUMBER, _ID)),
        "method": _Codec(_like("PATCH|PUT")),
    },
    Pager: {
        "largest": _Codec(_largest),
        "read_all_at": _INSTANT,
        "unfinished": _Codec(_list_of(_read_of_any), lambda reads: [*map(asdict, reads)]),
    },
    Directory: {"read": _SET},
    People: {"known": _records(_PERSON)},
    PeopleMatcher: {"drafts": _records(_MATCHED), "unmatched": _Codec(_by_name(_list_of(_TEXT), _ID))},
    CalendarList: {"known": _LISTED},
    Calendars: {"places": _LISTED, "held": _LISTED, "read": _SET},
    Puller: {"watermarks": _TEXTS},
    SliceReader: {"watermark": _Codec(_TEXT)},
    WindowReader: {"window": _WINDOW},
    FilterReader: {"watermarks": _TEXTS, "read_whole": _WINDOWS, "deltas": _COUNT},
    Aurinko: {"rows": _Codec(_by_name(_row, _ID)), "largest": _TEXTS, "streams": _Codec(_list_of(_STREAM))},
}
"""What the parts of a client remember, attribute by attribute."""


def state_document(client: ReferenceClient) -> dict[str, Any]:
    """All that a client knows, in JSON's types: part by part, attribute by attribute."""
    found: dict[str, Any] = {}
    for place, part, name, codec in _attributes(client):
        found.setdefault(place, {})[name] = codec.write(getattr(part, name))
    return found


def restore_state(client: ReferenceClient, document: Mapping[str, Any]) -> None:
    """Have a new client know what another knew. Another document raises `MALFORMED`, and the client is of no use.

    A client that knew the primary calendar alone can go on with several.
    """
    calendars = client.client.calendars if isinstance(client.client, Client) else None
    had_several = Calendars.__name__ in document
    if calendars and had_several:
        calendars.listed.known = _LISTED.read(document[CalendarList.__name__]["known"])
        calendars.follow_list()
    elif had_several:
        _refuse(Calendars.__name__)
    for place, part, name, codec in _attributes(client):
        if calendars and not had_several and place not in document:
            continue
        setattr(part, name, codec.read(document[place][name]))
    if isinstance(client.client, Client):
        known = client.client.state.known
        for each in client.mailbox.items.values():
            if each.event_id is not None and each.event_id not in known:
                _refuse(each.event_id)


def _attributes(client: ReferenceClient) -> Iterator[tuple[str, Any, str, _Codec]]:
    """Each attribute to remember: where it stands in the document, whose it is, its name, and how it is written."""
    for path, part in _parts(client):
        for kind in type(part).__mro__:
            for name, codec in _REMEMBERED.get(kind, {}).items():
                yield f"{kind.__name__}{path}", part, name, codec


def _parts(client: ReferenceClient) -> list[tuple[str, Any]]:
    """The parts of a client. Of those for people and for calendars there is one for each list, with its path."""
    inner = client.client
    if isinstance(inner, Aurinko):
        return [("", client), ("", inner)]
    parts = [client, client.mailbox, inner.crm, inner.state, inner.pusher, inner.reader]
    by_list: list[tuple[str, Any]] = []
    if inner.directory:
        parts += [inner.directory, inner.matcher]
        by_list += [*inner.directory.pullers.items(), *inner.directory.people.items()]
    if inner.calendars:
        parts += [inner.calendars, inner.calendars.listed]
        by_list += [(CALENDARS, inner.calendars.lister), *inner.calendars.readers.items()]
    return [*(("", each) for each in parts), *by_list]
