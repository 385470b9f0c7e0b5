"""The effect `do`."""

from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from mockcrm.base.schema.fields import Described, Refer
from mockcrm.faults.effects.effect import Effect, argument, when_argument
from mockcrm.faults.plan import FaultContext, Plan, When
from mockcrm.journal.journal import AppliedFault


class ActionsField(fields.Field[tuple[Any, ...]]):
    """Reads actions. What these are is not known here."""

    def described(self, refer: Refer) -> Described:
        raise NotImplementedError


class _Actions(fields.Field[tuple[Any, ...]]):
    """Actions of the vocabulary, read and described by the field that the schema was given for that."""

    @property
    def _field(self) -> "ActionsField":
        actions: ActionsField = self.parent.actions  # type: ignore[union-attr]  # The schema has it.
        return actions

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Any, ...]:
        actions: tuple[Any, ...] = self._field.deserialize(value)
        return actions

    def described(self, refer: Refer) -> Described:
        return self._field.described(refer)


@dataclass(frozen=True)
class Do(Effect):
    """Something that happens in the CRM just before or just after the request: any action of the vocabulary."""

    word = "do"
    alone = False
    short = "actions"
    actions: tuple[Any, ...] = argument(_Actions(required=True))
    when: When = when_argument()

    def apply(self, plan: Plan, case: FaultContext, struck: AppliedFault) -> None:
        plan.actions[self.when].append((struck, self.actions))
