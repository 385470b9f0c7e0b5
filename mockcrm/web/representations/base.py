"""The parts of representations: types that say as much as JSON Schema does, and the error.

`Annotated[T, …]` is described by what stands beside the type: a field or validator of marshmallow, a function that
returns JSON Schema, or a text, which is a description.
"""

from typing import Annotated, Any, NamedTuple, TypedDict, TypeVar

from marshmallow import validate

from mockcrm.base.schema.descriptions import Described
from mockcrm.base.schema.fields import Duration, Instant, Whole
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.errors import RECORD_REFUSALS, every_refusal

InstantText = Annotated[str, Instant()]
DurationText = Annotated[str, Duration()]
LongNumber = Annotated[int, Whole()]
Count = Annotated[int, Whole(least=0)]
Ordinal = Annotated[int, Whole(least=1)]
"""A number that counts from 1."""
NextAfter = Annotated[Ordinal | None, "The `after` of the next page; null at the end."]
for _kind in KINDS:
    for _refusal in RECORD_REFUSALS:
        _refusal.of(_kind)
CODES = [kind.code for kind in every_refusal()]
"""What errors are called."""
RefusalCode = Annotated[str, validate.OneOf(CODES)]


class ComponentName(NamedTuple):
    """Gives a union a name and a description of its own in the description of the API. One of its types holds."""

    name: str
    description: str


AnyType = TypeVar("AnyType", bound=type)
_OPEN: set[type] = set()


def open_object(kind: AnyType) -> AnyType:
    """Mark a `TypedDict` whose objects may have more fields than it declares."""
    _OPEN.add(kind)
    return kind


def is_open(kind: type) -> bool:
    return kind in _OPEN


def as_answer(described: Described, required: tuple[str, ...]) -> Described:
    """The JSON Schema of a body, made into that of an answer: without defaults, and with what is always there."""
    for each in described["properties"].values():
        each.pop("default", None)
    return described | {"required": [name for name in described["properties"] if name in required]}


class ErrorJson(TypedDict):
    """An error. `code` is stable; `message` tells a person what to do; `details` names the fields at fault."""

    code: RefusalCode
    message: str
    requestId: str
    details: dict[str, Any]
