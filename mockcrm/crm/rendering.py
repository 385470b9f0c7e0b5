"""The JSON of versions: made once in each style, and kept with the version."""

import threading
from collections.abc import Iterable
from typing import Any, NamedTuple
from zlib import crc32

import orjson

from mockcrm.base.caching import cached_by_object, keep
from mockcrm.crm.change import Change
from mockcrm.crm.content import is_redacted, redacted
from mockcrm.crm.dialect.knobs import CONTROLS, PLAIN, Dialect
from mockcrm.crm.kinds.kind_schema import KindSchema
from mockcrm.crm.kinds.registry import kind_of
from mockcrm.crm.link_names import with_present_names
from mockcrm.crm.record import Record
from mockcrm.crm.store import WRITTEN_NAMES, LinkNames

MAX_OTHERS = 2
"""In how many styles besides the first one a version's JSON is kept. A CRM uses three at most."""
MAX_STYLES = 1_000
"""How many styles are kept, so that equal styles are the same object."""
_KEEPING = threading.Lock()
_STYLES: dict["Style", "Style"] = {}


class Style(NamedTuple):
    """What of a dialect shows in a record's JSON. Equal styles are one object, and compare by identity."""

    timestamp_format: str
    timestamp_precision: str
    related_to_shape: str
    event_owner: str
    calendars: str
    tombstones: str
    pointers: bool
    private: str
    omitted: tuple[str, ...]


def rendered(
    changes: Iterable[Change], dialect: Dialect, *, listed: bool = False, names: LinkNames = WRITTEN_NAMES
) -> list[bytes]:
    """Each version's JSON in the dialect, as reads by id show it or, `listed`, as lists do.

    Links have the present `names`, those of the store that the versions are from; by default, those of the moment when
    they were written.
    """
    style = _style(dialect, listed)
    # A list visits a thousand versions that lie all over the memory: each step from object to object costs.
    if not (renamed := names.renamed):
        return [change.json if change.style is style else _in_other_style(change, style, dialect) for change in changes]
    return [
        (change.json if change.style is style else _in_other_style(change, style, dialect))
        if change.seq > renamed
        else _with_names(change, style, dialect, names)
        for change in changes
    ]


def tagged(change: Change) -> str:
    """The tag of a version, for `ETag`: its number and a checksum of its content. Made once and kept.

    The name of a linked record is no content: a rename changes no tag.
    """
    if not change.tag:
        (plain,) = rendered([change], PLAIN)
        keep(change, "tag", f"{change.version}-{crc32(plain):08x}")
    return change.tag


@cached_by_object
def _style(dialect: Dialect, listed: bool) -> Style:
    style = Style(
        dialect.timestamp_format,
        dialect.timestamp_precision,
        dialect.related_to_shape,
        dialect.event_owner,
        dialect.calendars,
        dialect.tombstones,
        dialect.merged == "pointer",
        dialect.private_in_lists if listed else "full",
        dialect.omitted_from_lists if listed else (),
    )
    if len(_STYLES) == MAX_STYLES:
        _STYLES.clear()
    return _STYLES.setdefault(style, style)


def _in_other_style(change: Change, style: Style, dialect: Dialect) -> bytes:
    if (known := (change.others or {}).get(style)) is not None:
        return known
    data = _dumped(change, change.record, style, dialect)
    # Two forks with different dialects share the version, and may show it at the same time.
    with _KEEPING:
        if change.style is None:
            keep(change, "json", data)
            keep(change, "style", style)
        else:
            others = [*(change.others or {}).items(), (style, data)]
            keep(change, "others", dict(others[-MAX_OTHERS:]))
    return data


def _with_names(change: Change, style: Style, dialect: Dialect, names: LinkNames) -> bytes:
    """The JSON of a version that may be older than a name in it. Names may change again, so it is not kept."""
    record = change.record if change.deleted else with_present_names(names, change.record)
    if record is change.record:
        return change.json if change.style is style else _in_other_style(change, style, dialect)
    return _dumped(change, record, style, dialect)


def _dumped(change: Change, record: Record, style: Style, dialect: Dialect) -> bytes:
    # orjson's buffer is several times as large as its content, and this is kept.
    return bytes(memoryview(orjson.dumps(_version(change, record, style, kind_of(record).schema(dialect)))))


def _version(change: Change, record: Record, style: Style, schema: KindSchema) -> dict[str, Any]:
    """A version in JSON's types: a record, or a tombstone (contract, section 3)."""
    stamp = schema.stamp(change)
    if change.deleted:
        times = {} if style.tombstones == "idOnly" else {"deletedAt": stamp, "lastModifiedAt": stamp}
        pointer = {"mergedInto": change.merged_into} if style.pointers and change.merged_into else {}
        return {"id": record.id, "deleted": True, **times, **pointer}
    shown = schema.show(redacted(record) if is_redacted(record, style.private) else record)
    shown["lastModifiedAt"] = stamp
    for name in style.omitted:
        shown.pop(name, None)
    return shown


def shown_record(change: Change, dialect: Dialect = CONTROLS, *, names: LinkNames = WRITTEN_NAMES) -> dict[str, Any]:
    """A record's content with its stamp, as the controls show it. For a deletion, the last content.

    `names` as in `rendered`.
    """
    schema = kind_of(change.record).schema(dialect)
    # A deletion does not write the content anew.
    old = change.deleted or change.seq <= names.renamed
    record = with_present_names(names, change.record) if old else change.record
    return schema.show(record) | {"lastModifiedAt": schema.stamp(change)}
