"""One page of a list: what a view answers with, what a fault may alter, and what the journal keeps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.event import Change
from mockcrm.crm.query import Query


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a walk: the versions it shows, the token of the next, the instant it speaks for, and how to speak.

    That instant is kept to the dialect's precision, as stamps are: no later stamp comes before it. `walk` is the number
    of the request that asked for the first page, `number` counts pages from 1. `again` makes a token that, unlike the
    one the client sent, gives this very page once more. `cut` says that the CRM ends the walk, though there is more;
    `expired` that it is empty because the bound is too old.
    """

    query: Query
    changes: list[Change]
    cut: bool
    expired: bool
    next_token: str | None
    as_of: datetime
    dialect: Dialect
    walk: str
    number: int
    again: Callable[[], str]
