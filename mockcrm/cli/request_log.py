"""What `mockcrm serve --log` prints of each request: a line of text, or one of JSON."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import click

from mockcrm.base.escaping import harmless
from mockcrm.base.times import parse_instant
from mockcrm.cli.console import say, shows_colours
from mockcrm.web.access_log import Log

_COLOURS = {2: "green", 3: "cyan", 4: "yellow", 5: "red"}
"""The colours of statuses, by their first digits."""
_OF_THE_PAGE = re.compile(r"(/sandboxes/[^/]+)?/(console/|admin/feed$)")


def request_log(form: str) -> Log | None:
    """The log of this form: `json`, `text` or `none`. Text is coloured where standard output shows colours."""
    forms: Mapping[str, Log] = {"text": partial(_log_text, coloured=shows_colours(sys.stdout)), "json": _log_json}
    return forms.get(form)


def _log_text(record: Mapping[str, Any], *, coloured: bool) -> None:
    if is_told(record):
        say(text_line(record, coloured=coloured), err=False, styled=coloured)


def _log_json(record: Mapping[str, Any]) -> None:
    # Everything but printable ASCII is escaped, whatever the console's encoding.
    say(json.dumps(record, separators=(",", ":")).replace("\x7f", "\\u007f").encode(), err=False)


def is_told(record: Mapping[str, Any]) -> bool:
    """Whether a request has a line of text: an open page would drown all others by its files and its polls."""
    succeeded = record["status"] is not None and record["status"] < HTTPStatus.BAD_REQUEST
    return not (succeeded and _OF_THE_PAGE.match(record["path"]))


def text_line(record: Mapping[str, Any], *, coloured: bool = False) -> str:
    """The record of a request as a line: what was asked, what was answered, and what was done to the answer.

    What all requests have comes first, in columns.
    """
    time = parse_instant(record["time"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
    method, path, query = (harmless(record[name]) for name in ("method", "path", "query"))
    status, client = record["status"], record["client"]
    parts = [
        _styled(time, coloured, dim=True),
        f"{method:7}",
        _styled(str(status or "---"), coloured, fg=_COLOURS.get(status // 100) if status else "red"),
        f"{record['durationMs']:8.1f} ms",
        # What is not a client's request is there, but recedes.
        _styled(f"{path}{'?' if query else ''}{query}", coloured, dim=client is None),
        *([_styled(harmless(client), coloured, bold=True)] if client is not None else []),
        *_outcome(record, coloured=coloured),
    ]
    return "  ".join(parts)


def _outcome(record: Mapping[str, Any], *, coloured: bool) -> Iterator[str]:
    if delivered := ", ".join(_counted(record["delivered"] or {})):
        yield delivered
    if record["aborted"]:
        yield _styled("no answer" if record["status"] is None else "cut off", coloured, fg="red")
    if record["faults"]:
        yield _styled(f"fault: {', '.join(record['faults'])}", coloured, fg="magenta")


def _counted(delivered: Mapping[str, int]) -> Iterator[str]:
    """Such as `3 events` and `1 tombstone`."""
    for kind, count in delivered.items():
        if count:
            yield f"{count} {kind if count > 1 else kind.removesuffix('s')}"


def _styled(text: str, coloured: bool, **style: Any) -> str:
    return click.style(text, **style) if coloured else text
