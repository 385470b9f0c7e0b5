"""How the controls list what is numbered: a page that has an end by number and by weight, and where to go on."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import orjson

from mockcrm.base.schema.fields import LONG
from mockcrm.crm.lists.pages import MAX_LISTED_WEIGHT
from mockcrm.crm.lists.parameters import Digits, NoParameters, explained
from mockcrm.web.responses import query

DEFAULT_LISTED = 1_000
"""How many entries a list of the controls has when no `limit` is named (contract, section 6)."""
MAX_LISTED = 10_000
"""The most entries that one answer may be asked for."""

Item = TypeVar("Item")


class NumberedParameters(NoParameters):
    """Which part of a numbered list is asked for."""

    after = Digits(least=0, most=LONG - 1, metadata=explained("From the number after this one on.", 48))
    limit = Digits(
        least=1,
        most=MAX_LISTED,
        metadata=explained(f"How many entries at most: {DEFAULT_LISTED:,} unless named.", 100),
    )


_NUMBERED = NumberedParameters()


def asked_part() -> tuple[int, int]:
    """Behind which number the page begins that is asked for, and how many entries it has at most."""
    asked = query(_NUMBERED)
    return asked.get("after", 0), asked.get("limit", DEFAULT_LISTED)


def with_a_limit(asked: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a list that is paged by tokens, with the limit that none was named for."""
    return asked if "pageToken" in asked else {"limit": DEFAULT_LISTED, **asked}


def numbered_page(
    name: str, items: Iterable[Item], number: Callable[[Item], int], show: Callable[[Item], Any], limit: int
) -> dict[str, Any]:
    """As many of a numbered list's items as one answer carries, at least one, and where the next page begins.

    `items` need not be more than one beyond `limit`.
    """
    shown: list[orjson.Fragment] = []
    weight, last = 0, None
    for item in items:
        if len(shown) == limit or weight >= MAX_LISTED_WEIGHT:
            break
        data = orjson.dumps(show(item))
        shown.append(orjson.Fragment(data))
        weight, last = weight + len(data), number(item)
    else:
        last = None
    return {name: shown, "length": len(shown), "nextAfter": last}
