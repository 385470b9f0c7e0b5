"""What stands for a time, a day or a duration in a call; and JSON that is open."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

InstantLike = datetime | str
"""An instant: a `datetime` with a zone, or RFC 3339 text with an offset (`2026-03-02T09:00:00Z`)."""
DurationLike = timedelta | str
"""A duration: a `timedelta`, or text in ISO 8601 or short form (`PT5M`, `5m`, `1h30m`, `250ms`)."""
EventTimeLike = datetime | date | str
"""The start or the end of an event: an instant, or in an all-day event a day (`date`, `2026-03-02`)."""

Snapshot = dict[str, Any]
"""A whole CRM as one document (`docs/reference/calls.md`). Keep it as it is, for `Crm.restore`."""
ReplayBundle = dict[str, Any]
"""What `mockcrm replay` reads (`docs/how-to/replay.md`): start state, requests and verdict."""
Har = dict[str, Any]
"""Requests and answers as an HTTP archive (HAR 1.2), for tools that show traffic (`docs/reference/journal.md`)."""

Locale = Literal[
    "en_US",
    "de_DE",
    "fr_FR",
    "ja_JP",
    "uk_UA",
    "en_GB",
    "en_IN",
    "es_ES",
    "it_IT",
    "nl_NL",
    "pl_PL",
    "pt_BR",
    "sv_SE",
    "zh_CN",
    "ko_KR",
    "ar_SA",
]
"""From where invented people take their names."""

BeforeOrAfter = Literal["before", "after"]
"""Before the CRM handles a request, or after it."""
