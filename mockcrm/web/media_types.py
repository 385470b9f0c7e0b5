"""The media types of bodies."""

from functools import lru_cache

from werkzeug.http import parse_options_header

JSON = "application/json"
YAML = "application/yaml"
"""RFC 9512."""
MERGE_PATCH = "application/merge-patch+json"
ICALENDAR = "text/calendar"


@lru_cache(maxsize=64)
def parse_content_type(header: str) -> tuple[str, str]:
    """The media type and the charset that a `Content-Type` names, in lower case.

    >>> parse_content_type("Application/JSON; charset=UTF-8")
    ('application/json', 'utf-8')
    """
    media_type, options = parse_options_header(header)
    return media_type.lower(), options.get("charset", "utf-8").lower()
