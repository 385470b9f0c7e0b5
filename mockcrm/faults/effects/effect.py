"""The base of all effects of fault rules. A subclass declares its arguments; `mockcrm.faults.effect_schema` reads them.

An effect only writes into a `Plan` what is to happen. The server carries the plan out (`docs/reference/faults.md`).
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import field
from typing import Any, ClassVar

from marshmallow import fields, validate

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.bases import Field
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.entry import AppliedFault
from mockcrm.journal.operations import DELETIONS, OPERATIONS

WITH_BODY = tuple(name for name in OPERATIONS if name not in DELETIONS)
"""The operations that are answered with a body."""


def argument(reads: Field[Any]) -> Any:
    """An argument of an effect: the field that reads it also gives the default.

    `keep: int | None = argument(Whole(least=0, load_default=None))`
    """
    default = dataclasses.MISSING if reads.required else reads.load_default
    return field(metadata={"field": reads}, default=default)


def when_field() -> fields.String:
    """Whether an effect comes `before` the CRM gets the request, or `after` it has answered."""
    return fields.String(validate=validate.OneOf(("before", "after")), load_default="before")


def when_argument() -> Any:
    """The argument `when` of an effect."""
    return argument(when_field())


@dataclass(frozen=True)
class Effect:
    """What a fault rule does to a request.

    - `name`: its key in a rule, `{"effect": {"status": …}}`.
    - `operations`: the only ones that it can apply to; None means any request.
    - `lasting`: whether it may apply to further requests because of its memory (`persists`).
    - `exclusive`: of several effects that are, only the first applies to a request.
    - `shorthand`: the argument whose value may stand for the whole object, as in `{"status": 503}`.
    - `hazard`: for an effect that makes a list wrong. The audit explains missed changes by this hazard.
    """

    name: ClassVar[str]
    operations: ClassVar[tuple[str, ...] | None] = None
    lasting: ClassVar[bool] = False
    exclusive: ClassVar[bool] = True
    shorthand: ClassVar[str | None] = None
    hazard: ClassVar[str | None] = None

    @classmethod
    def spelled_out(cls, arguments: Any) -> Any:
        """The arguments as an object, where `arguments` may be the value of the shorthand."""
        return {cls.shorthand: arguments} if cls.shorthand and not isinstance(arguments, Mapping) else arguments

    @property
    def uses_chance(self) -> bool:
        """Whether `apply` needs a random number."""
        return False

    @property
    def at_socket(self) -> bool:
        """Whether it needs the client's connection: to break it, or to notice that the client has left."""
        return False

    def check(self) -> None:
        """Raise `ValidationError` if the arguments contradict each other."""

    def persists(self, context: FaultContext) -> bool:
        """Whether it applies again because of its memory, whatever the rule counts. Only a lasting effect is asked."""
        return False

    def should_apply(self, context: FaultContext) -> tuple[bool, Any]:
        """Whether it applies to a request that the rule has picked, and its memory from now on."""
        return True, context.memory

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        """Write into the plan what happens to the request."""
        raise NotImplementedError
