"""Pages of numbered lists, such as the journal: limited in number and in size, each with the number to go on from."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import orjson

from mockcrm.base.schema.fields import LONG
from mockcrm.crm.lists.pages import MAX_LISTED_WEIGHT
from mockcrm.crm.lists.parameters import Digits, NoParameters, explained
from mockcrm.web.requests import query_parameters

DEFAULT_LIMIT = 1_000
"""How many entries a list of the controls has without a `limit` (contract, section 6)."""
MAX_LIMIT = 10_000
"""The greatest `limit`."""

NumberedItem = TypeVar("NumberedItem")


class NumberedParameters(NoParameters):
    """The part of a numbered list that is asked for."""

    after = Digits(least=0, most=LONG - 1, metadata=explained("Only entries with a greater number.", 48))
    limit = Digits(
        least=1,
        most=MAX_LIMIT,
        metadata=explained(f"How many entries at most; by default {DEFAULT_LIMIT:,}.", 100),
    )


_NUMBERED = NumberedParameters()


def requested_part() -> tuple[int, int]:
    """The number after which the requested page begins, and how many entries it has at most."""
    asked = query_parameters(_NUMBERED)
    return asked.get("after", 0), asked.get("limit", DEFAULT_LIMIT)


def with_default_limit(asked: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a list with page tokens, with a limit where the request names none."""
    return asked if "pageToken" in asked else {"limit": DEFAULT_LIMIT, **asked}


def numbered_page(
    name: str,
    items: Iterable[NumberedItem],
    number: Callable[[NumberedItem], int],
    show: Callable[[NumberedItem], Any],
    limit: int,
) -> dict[str, Any]:
    """The answer with a page of a list: as many items as fit, at least one, and the number that the next page is after.

    `name` is the key of the list in the answer. Of `items` at most one more than `limit` is needed.
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
