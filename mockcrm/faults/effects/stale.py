"""The effect `stale`: a read from a replica that lags."""

from datetime import timedelta

from marshmallow import ValidationError, fields, validate

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import Duration, Whole
from mockcrm.base.times import MILLISECOND
from mockcrm.crm.lagging import Lag
from mockcrm.faults.effects.effect import Effect, argument
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.entry import AppliedFault
from mockcrm.journal.operations import READS


@dataclass(frozen=True)
class Stale(Effect):
    """Answers from a database replica that lags `by` a duration or a number of `changes`.
    `asOf` is the time of the request (`now`) or of that replica (`then`).
    """

    name = "stale"
    shorthand = "by"
    operations = READS
    hazard = "replica-lag"
    by: timedelta | None = argument(Duration(least=MILLISECOND, load_default=None))
    changes: int | None = argument(Whole(least=1, load_default=None))
    asOf: str = argument(fields.String(validate=validate.OneOf(("now", "then")), load_default="then"))

    def check(self) -> None:
        if (self.by is None) == (self.changes is None):
            raise ValidationError("Give how far the replica lags: `by` a duration, or a number of `changes`.")

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        plan.lag = Lag(self.by, self.changes, as_of_now=self.asOf == "now")
