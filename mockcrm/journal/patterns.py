"""Regular expressions that matchers search for."""

from typing import TYPE_CHECKING

from marshmallow import ValidationError

if TYPE_CHECKING:
    from regex import Pattern

MAX_PATTERN = 500
"""The longest regular expression, in characters."""


def read_pattern(text: str) -> "Pattern[str]":
    """The regular expression in a text of at most `MAX_PATTERN` characters. Raises `ValidationError`."""
    import regex  # noqa: PLC0415  it takes as long to import as a small server to start

    if len(text) > MAX_PATTERN:
        raise ValidationError(f"A regular expression has at most {MAX_PATTERN} characters.")
    try:
        return regex.compile(text)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise ValidationError(f"Not a regular expression: {error}.") from error
