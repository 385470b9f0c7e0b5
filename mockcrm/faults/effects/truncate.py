"""The effect `truncate`: a body that stops early."""

from dataclasses import replace

from marshmallow import ValidationError, fields, validate

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.fields import Fraction, Whole
from mockcrm.faults.effects.effect import WITH_BODY, Effect, argument
from mockcrm.faults.plan import FaultContext, Plan, Reply
from mockcrm.journal.entry import AppliedFault


@dataclass(frozen=True)
class Truncate(Effect):
    """Sends only a part of the body: half, a `fraction`, or a number of `bytes`.
    `Content-Length` is that of the `full` body, or of the `cut` one.
    """

    name = "truncate"
    operations = WITH_BODY
    fraction: float | None = argument(Fraction(load_default=None))
    bytes: int | None = argument(Whole(least=0, load_default=None))
    contentLength: str = argument(fields.String(validate=validate.OneOf(("full", "cut")), load_default="full"))

    @property
    def at_socket(self) -> bool:
        return self.contentLength == "full"

    def check(self) -> None:
        if self.fraction is not None and self.bytes is not None:
            raise ValidationError("Give `fraction` or `bytes`, not both.", "bytes")

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        plan.transform_response = self._cut

    def _cut(self, reply: Reply) -> Reply:
        size = len(reply.body)
        wanted = self.bytes if self.bytes is not None else int(size * (0.5 if self.fraction is None else self.fraction))
        keep = min(wanted, size)
        if keep == size:
            return reply
        if self.contentLength == "full":
            return replace(reply, cut=keep, whole=False)
        return replace(reply, body=reply.body[:keep], whole=False)
