"""The effect `stale`."""

from dataclasses import dataclass
from datetime import timedelta

from marshmallow import ValidationError, fields, validate

from mockcrm.base.schema.fields import Duration, Whole
from mockcrm.base.times import MILLISECOND
from mockcrm.faults.effects.effect import Effect, argument
from mockcrm.faults.plan import FaultContext, Lag, Plan
from mockcrm.journal.journal import AppliedFault
from mockcrm.journal.matcher import READS


@dataclass(frozen=True)
class Stale(Effect):
    """The answer of a replica that lags `by` a duration or a number of `changes`. `asOf` says `now` or `then`."""

    word = "stale"
    short = "by"
    operations = READS
    by: timedelta | None = argument(Duration(least=MILLISECOND, load_default=None))
    changes: int | None = argument(Whole(least=1, load_default=None))
    asOf: str = argument(fields.String(validate=validate.OneOf(("now", "then")), load_default="then"))

    def check(self) -> None:
        if (self.by is None) == (self.changes is None):
            raise ValidationError("Say how far the replica lags: `by` a duration, or by so many `changes`.")

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.lag = Lag(self.by, self.changes, self.asOf == "now")
