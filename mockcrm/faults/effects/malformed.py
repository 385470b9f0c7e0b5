"""The effect `malformed`: a body that does not parse."""

from dataclasses import replace

from mockcrm.base.declaring import dataclass
from mockcrm.faults.effects.effect import WITH_BODY, Effect
from mockcrm.faults.plan import FaultContext, Plan
from mockcrm.journal.entry import AppliedFault


@dataclass(frozen=True)
class MalformedJson(Effect):
    """Sends JSON that does not parse: the CRM's answer with an extra comma and the wrong bracket at its end."""

    name = "malformed"
    operations = WITH_BODY

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        plan.transform_response = lambda reply: (
            replace(reply, body=reply.body.rstrip()[:-1] + b",)\n", whole=False) if reply.body else reply
        )
