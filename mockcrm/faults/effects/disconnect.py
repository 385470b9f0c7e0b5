"""The effect `disconnect`: no answer at all."""

from marshmallow import fields, validate

from mockcrm.base.declaring import dataclass
from mockcrm.faults.effects.effect import Effect, argument, when_argument
from mockcrm.faults.plan import FaultContext, Plan, When
from mockcrm.journal.entry import AppliedFault


@dataclass(frozen=True)
class Disconnect(Effect):
    """Breaks the connection without an answer, by a reset or a close, before or after the CRM handles the request."""

    name = "disconnect"
    shorthand = "how"
    how: str = argument(fields.String(validate=validate.OneOf(("reset", "close")), load_default="reset"))
    when: When = when_argument()

    @property
    def at_socket(self) -> bool:
        return True

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        plan.disconnect[self.when] = self.how
