"""The effect `disconnect`."""

from dataclasses import dataclass

from marshmallow import fields, validate

from mockcrm.faults.effects.effect import Effect, argument, when_argument
from mockcrm.faults.plan import FaultContext, Plan, When
from mockcrm.journal.journal import AppliedFault


@dataclass(frozen=True)
class Disconnect(Effect):
    """No answer at all: the connection is reset, or closed, before the CRM hears of the request or after."""

    word = "disconnect"
    short = "how"
    how: str = argument(fields.String(validate=validate.OneOf(("reset", "close")), load_default="reset"))
    when: When = when_argument()

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.disconnect[self.when] = self.how
