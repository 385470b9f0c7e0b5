"""Declarations: what a view answers, takes and refuses, said beside the view (contract, section 1).

The description of the API is made from them. Of a request to the controls, only `query` is looked at.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from marshmallow import Schema

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.crm.kinds.kind import Kind
from mockcrm.crm.lists.parameters import NoParameters
from mockcrm.errors import Refusal
from mockcrm.web.client_identity import CLIENT_HEADER
from mockcrm.web.media_types import JSON

HEADERS = frozenset({CLIENT_HEADER, "Idempotency-Key", "If-Match", "If-None-Match"})
"""The headers of requests that the declarations name, and so the API defines. No start reads all declarations."""
PARAMETERS = frozenset(
    {
        *("accountId", "calendarId", "contactId", "ownerId", "rfc822MsgId", "emailAddress", "domain"),
        *("startAt", "endAt", "since", "limit", "pageToken", "showDeleted"),
        *("after", "allow", "client", "closed", "kind", "name", "wait"),
    }
)
"""The query parameters that the API defines, likewise."""


class BodyOfKind(NamedTuple):
    """A body that holds a record of a kind, described by a function of `mockcrm.web.openapi.bodies`."""

    function: str
    kind: Kind


BodyShape = str | BodyOfKind | type[Schema] | Schema | Callable[[Refer], Described]
"""A body: its schema, or a function that describes it. A text names a function of `mockcrm.web.openapi.bodies`."""
ViewFunction = TypeVar("ViewFunction", bound=Callable[..., Any])

_DECLARATIONS: dict[Callable[..., Any], Callable[[], "Declaration"]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What is known of one view.

    - `answers`: the type of what it answers with (`mockcrm.web.representations`), or a body as in `BodyShape`; None for
      an answer without a body. `status` is the answer's status, `media_type` its media
      type. `also` are further statuses of success, all without a body.
    - `query`: its query parameters.
    - `body`: the JSON that it takes, with one of the `accepts` as media type. An `optional` body may be left out.
    - `reads` and `sends`: the headers that it heeds, and those that it answers with.
    - `refuses`: its own refusals, each alone or in a pair with another status than usual. Those of all views of its
      blueprint need not be named.
    """

    answers: Any = None
    status: int = 200
    also: Sequence[int] = ()
    media_type: str = JSON
    query: type[NoParameters] = NoParameters
    body: BodyShape | None = None
    accepts: Sequence[str] = (JSON,)
    optional: bool = False
    reads: Sequence[str] = ()
    sends: Sequence[str] = ()
    refuses: Sequence[type[Refusal] | tuple[int, type[Refusal]]] = ()


def declared(answers: Any = None, **more: Any) -> Callable[[ViewFunction], ViewFunction]:
    """Declare the view below. The arguments are those of `Declaration`."""

    def note(view: ViewFunction) -> ViewFunction:
        declare(view, lambda: Declaration(answers=answers, **more))
        return view

    return note


def declare(view: Callable[..., Any], declaration: Callable[[], Declaration]) -> None:
    """Declare a view that no decorator can stand above. The declaration is made when somebody asks for it."""
    _DECLARATIONS[view] = cache(declaration)


class KindView:
    """A view of the calls that every kind of records has, for one kind: what it does, is called, and says of itself."""

    def __init__(self, kind: Kind, view: Callable[..., Any], name: str, summary: str) -> None:
        self.kind, self.view = kind, view
        self.__name__, self.__doc__ = name, summary

    def __call__(self, **arguments: Any) -> Any:
        return self.view(self.kind, **arguments)


def declaration_of(view: Callable[..., Any]) -> Declaration:
    """The declaration of a view. Raises `LookupError` for one without."""
    if view not in _DECLARATIONS:
        raise LookupError(f"The view {view.__module__}.{view.__name__} is not declared: say what it answers.")
    return _DECLARATIONS[view]()
