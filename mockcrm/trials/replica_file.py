"""Reads the copy of the CRM's records that a command leaves in a file. Nothing in that file is trusted."""

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from mockcrm.client.sync_client import sections_of
from mockcrm.trials.play import UnusableReplica

MAX_REPLICA_FILE = 64 * 1024 * 1024
"""The largest file that is read, in bytes."""


def read_replica(path: Path) -> Any:
    """The replica in a file, as `SyncClient.replica` returns one; None if there is no file.

    The file is JSON: a list of records or ids, an object of records by id, or a body of `POST /admin/audit`, which has
    them in `replica` and may have a `window`; or it is JSON lines, a record each. These have events. An object of such
    copies by `events`, `contacts` and so on has several kinds of records. Raises `UnusableReplica`, which says where
    the file is wrong.

    >>> path.write_text('{"1001": {"subject": "Lunch"}}')
    >>> read_replica(path)
    [{"id": "1001", "subject": "Lunch"}]
    """
    try:
        text = _text_of(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnusableReplica(f"the file cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnusableReplica(f"byte {error.start:,} of the file is not UTF-8.") from error
    found = _parsed(text)
    if sections_of(found):
        return {path: _copy(records, f" in {path}") for path, records in found.items()}
    return _copy(found)


def _copy(found: Any, within: str = "") -> Any:
    """A copy of the records of one kind; `within` a section of the file."""
    if _is_body(found):
        return {**found, "replica": [*_records(found["replica"], within)]}
    return [*_records(found, within)]


def _text_of(path: Path) -> str:
    if not stat.S_ISREG(path.stat().st_mode):
        raise UnusableReplica("it is not a file.")
    with path.open("rb") as file:
        data = file.read(MAX_REPLICA_FILE + 1)
    if len(data) > MAX_REPLICA_FILE:
        raise UnusableReplica(f"the file is larger than {MAX_REPLICA_FILE:,} bytes.")
    return data.decode("utf-8-sig")


def _parsed(text: str) -> Any:
    """What the file has: a JSON document, or a list of what its lines have."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _lines(text, error)
    # A file of JSON lines may have a single one.
    return [document] if isinstance(document, dict) and isinstance(document.get("id"), str) else document


def _lines(text: str, whole: orjson.JSONDecodeError) -> list[Any]:
    """What the lines of a file have. `whole` says why it is not one JSON document."""
    found: list[Any] = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            found += [orjson.loads(line)] if line.strip() else []
        except orjson.JSONDecodeError as error:
            if not found:
                raise UnusableReplica(f"the file is not JSON: {whole}.") from error
            raise UnusableReplica(f"line {number:,} of the file is not JSON: {error}.") from error
    return found


def _is_body(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("replica"), list)


def _records(found: Any, within: str) -> Iterable[Any]:
    match found:
        case list():
            return (_record(each, f"entry {number:,}{within}") for number, each in enumerate(found, start=1))
        case dict():
            return (_record(each, f"{key!r:.100}{within}", {"id": key}) for key, each in found.items())
        case _:
            raise UnusableReplica(f"the file has neither a list of records nor an object of records by id{within}.")


def _record(found: Any, place: str, by: Mapping[str, str] | None = None) -> Any:
    """A record with its id. `by` has what the object around it says of it."""
    if isinstance(found, str) and by is None:
        return found
    if not isinstance(found, dict):
        raise UnusableReplica(f"{place} of the file is not a record.")
    return {**(by or {}), **found}
