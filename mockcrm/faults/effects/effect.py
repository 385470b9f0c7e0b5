"""What every effect of a fault rule is."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar

from marshmallow import fields, validate

from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.journal import AppliedFault
from mockcrm.journal.matcher import OPERATIONS


def argument(told: fields.Field[Any]) -> Any:
    """An argument of an effect: how it is read, and its default."""
    default = dataclasses.MISSING if told.required else told.load_default
    return field(metadata={"field": told}, default=default)


def when_field() -> fields.String:
    """Whether something happens before the CRM hears of a request, or after."""
    return fields.String(validate=validate.OneOf(("before", "after")), load_default="before")


def when_argument() -> Any:
    return argument(when_field())


@dataclass(frozen=True)
class Effect:
    """What a rule does to a request.

    `word` is its name. It strikes only `operations`, or with None any request. Of several effects that are `alone` one
    strikes. `short` names the argument that may stand for all.
    """

    word: ClassVar[str]
    operations: ClassVar[tuple[str, ...] | None] = None
    alone: ClassVar[bool] = True
    short: ClassVar[str | None] = None

    @property
    def draws(self) -> bool:
        """Whether chance has a say."""
        return False

    def check(self) -> None:
        """Raise `ValidationError` if the arguments contradict each other."""

    def holds(self, case: FaultContext) -> bool:
        """Whether it strikes on account of what it remembers, whatever the rule says."""
        return False

    def should_apply(self, case: FaultContext) -> tuple[bool, Any]:
        """Whether it strikes a request whose turn it is, and what it remembers from now on."""
        return True, case.remembers

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        """Write into the plan what befalls the request."""
        raise NotImplementedError


WITH_BODY = tuple(name for name in OPERATIONS if name != "deleteEvent")
