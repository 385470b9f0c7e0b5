"""The effect `delay`: the client waits."""

from datetime import timedelta

from marshmallow import ValidationError

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import Duration
from mockcrm.base.times import MILLISECOND
from mockcrm.faults.effects.effect import Effect, argument, when_argument
from mockcrm.faults.plan import FaultContext, Plan, When
from mockcrm.journal.entry import AppliedFault

MAX_DELAY = timedelta(minutes=5)
"""The longest time that a fault keeps a client waiting."""


@dataclass(frozen=True)
class Delay(Effect):
    """Delays the answer in real time: `by` a fixed time, or by a random time between `min` and `max`."""

    name = "delay"
    exclusive = False
    shorthand = "by"
    by: timedelta | None = argument(Duration(least=0 * MILLISECOND, most=MAX_DELAY, load_default=None))
    min: timedelta | None = argument(Duration(least=0 * MILLISECOND, most=MAX_DELAY, load_default=None))
    max: timedelta | None = argument(Duration(least=0 * MILLISECOND, most=MAX_DELAY, load_default=None))
    when: When = when_argument()

    @property
    def uses_chance(self) -> bool:
        return self.by is None

    @property
    def at_socket(self) -> bool:
        return True

    def check(self) -> None:
        if (self.by is None) == (self.min is None and self.max is None):
            raise ValidationError("Give either `by`, or `min` and `max`.")
        if self.by is None and (self.min is None or self.max is None):
            raise ValidationError("A range needs both `min` and `max`.")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValidationError("Must not be less than `min`.", "max")

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        length = self.by
        if length is None:
            assert self.min is not None
            assert self.max is not None
            length = self.min + context.draw * (self.max - self.min)
        plan.delays[self.when][applied.rule] = length.total_seconds()
