"""JSON objects in which nothing is guessed: the schema that all others are made from, and what it says of mistakes."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from mockcrm.errors import Refusal
from mockcrm.fields import Described, Refer

UNKNOWN = "No such field."
MAX_MEANT = 10
"""For how many unknown fields of an object another one is proposed."""
LONGEST = 40
"""How long the name of a field may be for which another one is proposed, in characters."""


class Strict(Schema):
    """A JSON object in which nothing is guessed and no unknown field passes."""

    error_messages: dict[str, str] = {"type": "Must be an object: names with values.", "unknown": UNKNOWN}

    def described(self, told: Described, refer: Refer) -> Described:
        """What it reads, as JSON Schema; `told` is what its fields make of it."""
        return told

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """For a field that there is not, say which one may be meant."""
        known = [field.data_key or name for name, field in self.load_fields.items()]
        unknown = [name for name, told in error.messages_dict.items() if told == [UNKNOWN] and len(name) <= LONGEST]
        for name in unknown[:MAX_MEANT]:
            for meant in get_close_matches(name, known, 1):
                error.messages_dict[name] = [f"{UNKNOWN} Did you mean {meant}?"]

    def check(self, data: Any, refusal: type[Refusal], what: str, **options: Any) -> Any:
        """`data` loaded; what is wrong with it is refused as `refusal`, its fields named in the details."""
        try:
            return self.load(data, **options)
        except ValidationError as error:
            messages = error.messages_dict
            raise refusal(f"{what} is not valid: {first_problem(messages)}", messages) from error


class OneOfSome(Strict):
    """An object that has exactly one of some fields."""

    exactly_one: tuple[str, ...]

    def described(self, told: Described, refer: Refer) -> Described:
        return told | {"oneOf": [{"required": [name]} for name in self.exactly_one]}

    @validates_schema
    def has_exactly_one(self, data: Mapping[str, Any], **_: Any) -> None:
        if sum(name in data for name in self.exactly_one) != 1:
            *others, last = (f"`{name}`" for name in self.exactly_one)
            raise ValidationError(f"Must have exactly one of {', '.join(others)} and {last}.")


def first_problem(messages: Any, path: str = "") -> str:
    """The first of marshmallow's messages in order of their fields, with the way to its field.

    A field that there is not comes first: one that is missing may be the same, misspelt.
    """
    if not isinstance(messages, Mapping):
        text = messages[0] if isinstance(messages, list) else str(messages)
        return f"{path}: {text}" if path else str(text)
    key = min(messages, key=lambda name: (not str(messages[name]).startswith(f"['{UNKNOWN}"), str(name)))
    step = "" if key == "_schema" else f"{path}.{key}" if path else str(key)
    return first_problem(messages[key], step or path)
