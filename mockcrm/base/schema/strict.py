"""The schema that all others derive from: nothing is guessed, and unknown fields are refused."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, validates_schema

from mockcrm.base.schema.bases import Field
from mockcrm.base.schema.descriptions import Described, Refer
from mockcrm.base.spelling import MAX_PROPOSED_NAME, alike
from mockcrm.errors import Refusal
from mockcrm.errors.problems import AND_MORE, MAX_PROBLEMS, MORE, UNKNOWN, Unknown, first_problem, is_unknown

MAX_PROPOSALS = 10
"""For how many unknown fields of one object a known field is proposed."""


class Strict(Schema):
    """A JSON object in which nothing is guessed and no unknown field passes.

    More than `strays` unknown fields are refused before any field is read.
    """

    error_messages: dict[str, str] = {"type": "Must be an object: names with values.", "unknown": UNKNOWN}
    strays = MAX_PROBLEMS

    def load(self, data: Any, **options: Any) -> Any:
        if isinstance(data, Mapping) and len(data) > self.strays:
            self._check_strays([*(data.keys() - self._known().keys())])
        return super().load(data, **options)

    def _check_strays(self, strays: list[str]) -> None:
        if len(strays) <= self.strays:
            return
        if self.unknown != RAISE:
            raise ValidationError(f"Must have at most {self.strays:,} unknown fields.")
        named = {name: [self.error_messages["unknown"]] for name in sorted(strays)[:MAX_PROBLEMS]}
        error = ValidationError(named | {MORE: [*AND_MORE]})
        self.handle_error(error, named)
        raise error

    def _known(self) -> dict[str, Field[Any]]:
        """The fields that are read, by their names on the wire."""
        return {field.data_key or name: field for name, field in self.load_fields.items()}

    def described(self, schema: Described, refer: Refer) -> Described:
        """What is read, as JSON Schema. `schema` is what the fields make of it."""
        return schema

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """For a field that does not exist, propose one of a similar name."""
        problems = error.messages_dict
        unknown = [name for name, problem in problems.items() if is_unknown(problem) and len(name) <= MAX_PROPOSED_NAME]
        for name in sorted(unknown)[:MAX_PROPOSALS]:
            for similar in alike(name, self._known(), 1):
                problems[name] = [Unknown(f"{problems[name][0]} Did you mean {similar}?")]

    def check(self, data: Any, refusal: type[Refusal], what: str, **options: Any) -> Any:
        """Load `data`. Raises `refusal`, with the fields at fault in its details; `what` begins its message."""
        try:
            return self.load(data, **options)
        except ValidationError as error:
            raise refused(error, refusal, what) from error


class OneOfSome(Strict):
    """An object that must have exactly one of some fields."""

    exactly_one: tuple[str, ...]

    def described(self, schema: Described, refer: Refer) -> Described:
        return schema | {"oneOf": [{"required": [name]} for name in self.exactly_one]}

    @validates_schema
    def has_exactly_one(self, data: Mapping[str, Any], **_: Any) -> None:
        if sum(name in data for name in self.exactly_one) != 1:
            *others, last = (f"`{name}`" for name in self.exactly_one)
            raise ValidationError(f"Must have exactly one of {', '.join(others)} and {last}.")


def refused(error: ValidationError, refusal: type[Refusal], what: str) -> Refusal:
    """A refusal for the problems that a schema found."""
    messages = error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}
    return refusal(f"{what} is not valid: {first_problem(messages)}", messages)
