"""The effect `malformed`."""

from dataclasses import dataclass, replace

from mockcrm.faults.effects.effect import WITH_BODY, Effect
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.journal import AppliedFault


@dataclass(frozen=True)
class Malformed(Effect):
    """JSON that is none: the CRM's answer with a comma too many and the wrong bracket."""

    word = "malformed"
    operations = WITH_BODY

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.transform_response = lambda reply: (
            replace(reply, body=reply.body.rstrip()[:-1] + b",)\n", whole=False) if reply.body else reply
        )
