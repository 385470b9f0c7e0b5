"""The effect `do`: actions in the CRM just before or after a request."""

from collections.abc import Mapping
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.faults.effects.effect import Effect, argument, when_argument
from mockcrm.faults.plan import FaultContext, Plan, When
from mockcrm.journal.entry import AppliedFault


class ActionsField(Field[tuple[Any, ...]]):
    """The place of the actions. The wing `sandbox` has the field that reads them, and gives it to `RuleSchema`."""

    def described(self, refer: Refer) -> Described:
        raise NotImplementedError


@dataclass(frozen=True)
class Do(Effect):
    """Runs any actions in the CRM, just before or just after the request."""

    name = "do"
    exclusive = False
    shorthand = "actions"
    actions: tuple[Any, ...] = argument(ActionsField(required=True))
    when: When = when_argument()

    @classmethod
    def spelled_out(cls, arguments: Any) -> Any:
        # An action is an object, too.
        spelled_out = isinstance(arguments, Mapping) and "actions" in arguments
        return arguments if spelled_out else {"actions": arguments}

    def apply(self, plan: Plan, context: FaultContext, applied: AppliedFault) -> None:
        plan.actions[self.when].append((applied, self.actions))
