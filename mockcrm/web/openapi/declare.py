"""What a view answers, takes and refuses, declared beside it, so that `openapi` can tell it (contract, section 1).

A declaration is looked at when the description is made; a request to the controls looks at its `query` alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from marshmallow import Schema

from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.crm.lists.parameters import NoParameters
from mockcrm.errors import Refusal
from mockcrm.web.responses import JSON

Shape = str | type[Schema] | Schema | Callable[[Refer], Described]
"""What JSON looks like: a schema, or for what is no object of its own something that describes it.

A text names one of `shapes`, which are many, and imported by nobody but `openapi`.
"""
View = TypeVar("View", bound=Callable[..., Any])

CLIENT = "X-Mockcrm-Client"
"""The header by which a client names itself."""

_KNOWN: dict[Callable[..., Any], "Declaration"] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One view. `gives` is what it answers with `status`, None an answer without a body.

    `also` are further statuses of success, all without one. `body` is what it takes, which may be left out where it is
    `optional`. `heeds` and `sends` name headers. `refuses` are the refusals of its own, each with its status or, in
    a pair, with another; what all views of its mount refuse goes without saying.
    """

    gives: Shape | None = None
    status: int = 200
    also: Sequence[int] = ()
    kind: str = JSON
    query: type[NoParameters] = NoParameters
    body: Shape | None = None
    kinds: Sequence[str] = (JSON,)
    optional: bool = False
    heeds: Sequence[str] = ()
    sends: Sequence[str] = ()
    refuses: Sequence[type[Refusal] | tuple[int, type[Refusal]]] = ()


def declared(gives: Shape | None = None, **more: Any) -> Callable[[View], View]:
    """Declare the view below; the arguments are those of `Declaration`."""

    def note(view: View) -> View:
        _KNOWN[view] = Declaration(gives=gives, **more)
        return view

    return note


def declaration_of(view: Callable[..., Any]) -> Declaration:
    """Raises `LookupError` for a view that was not declared."""
    if view not in _KNOWN:
        raise LookupError(f"The view {view.__module__}.{view.__name__} is not declared: say what it answers.")
    return _KNOWN[view]


@cache
def defined_names() -> frozenset[str]:
    """The parameters and headers that the API defines; to be asked for once all views have been declared."""
    parameters = (query().fields for query in {each.query for each in _KNOWN.values()})
    return frozenset({CLIENT}.union(*parameters, *(each.heeds for each in _KNOWN.values())))
