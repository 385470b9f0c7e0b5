"""One page of a list: a view answers with it, a fault may change it, and the journal keeps it."""

from collections.abc import Callable
from datetime import datetime

from mockcrm.base.declaring import dataclass
from mockcrm.crm.change import Change
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.query import Query
from mockcrm.crm.store import WRITTEN_NAMES, LinkNames


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a paged read: the versions on it, the token of the next page, and the dialect to write it in.

    `as_of` is the instant the page speaks for, to the dialect's precision: no later stamp comes before it. `read` is
    the number of the request for the first page, and `number` counts pages from 1. `again` makes a token for this same
    page, other than the one that the client sent. `cut`: the CRM ends the read although there is more. `expired`: the
    page is empty because `since` is too old. `names` are those that its links have.
    """

    query: Query
    changes: list[Change]
    cut: bool
    expired: bool
    next_token: str | None
    as_of: datetime
    dialect: Dialect
    read: str
    number: int
    again: Callable[[], str]
    names: LinkNames = WRITTEN_NAMES
