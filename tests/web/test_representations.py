"""Answers are declared as types: what a type says is what the description of the API says, and a start pays nothing."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest
from marshmallow import validate

from mockcrm.base.schema.json_schema import Describer
from mockcrm.web.openapi.type_schemas import TypeDescriber
from mockcrm.web.representations.base import ComponentName, Count, InstantText, open_object
from tests.processes import printed_whatever_the_hashes

LONG = 2**63 - 1


class LeafJson(TypedDict):
    """A leaf."""

    name: str
    size: NotRequired[int]


class TreeJson(TypedDict):
    left: "TreeJson | None"
    leaves: list[LeafJson]


@open_object
class BagJson(TypedDict):
    name: str


Either = Annotated[LeafJson | TreeJson, ComponentName("Either", "One of two.")]


@pytest.fixture
def types() -> TypeDescriber:
    return TypeDescriber(Describer())


def components(form: Any) -> dict[str, Any]:
    """The components that the description has once a type has been described."""
    describer = Describer()
    TypeDescriber(describer).describe(form)
    found: dict[str, Any] = describer.spec.to_dict()["components"]["schemas"]
    return found


@pytest.mark.parametrize(
    ("form", "described"),
    [
        (Any, {}),
        (str, {"type": "string"}),
        (float | None, {"type": ["number", "null"]}),
        (list[bool], {"type": "array", "items": {"type": "boolean"}}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (Literal["on", "off"], {"type": "string", "enum": ["on", "off"]}),
        (Literal[True], {"type": "boolean", "enum": [True]}),
        (Literal["on", "off"] | None, {"type": ["string", "null"], "enum": ["on", "off", None]}),
        (Count, {"type": "integer", "minimum": 0, "maximum": LONG}),
        (Annotated[Count, "How many."], {"type": "integer", "minimum": 0, "maximum": LONG, "description": "How many."}),
        (Annotated[str, validate.OneOf(["a"]), "A."], {"type": "string", "enum": ["a"], "description": "A."}),
        (Annotated[dict[str, Any], lambda refer: {"const": 1}], {"const": 1}),
        (LeafJson | None, {"anyOf": [{"$ref": "#/components/schemas/Leaf"}, {"type": "null"}]}),
        (
            LeafJson | TreeJson,
            {"anyOf": [{"$ref": "#/components/schemas/Leaf"}, {"$ref": "#/components/schemas/Tree"}]},
        ),
        (Either, {"$ref": "#/components/schemas/Either"}),
    ],
    ids=range(15),
)
def test_a_type_is_described_by_what_it_says(types: TypeDescriber, form: Any, described: Any) -> None:
    assert types.describe(form) == described


def test_an_object_has_its_fields_and_no_other_and_says_which_may_be_missing() -> None:
    assert components(LeafJson) == {
        "Leaf": {
            "description": "A leaf.",
            "type": "object",
            "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
            "required": ["name"],
            "additionalProperties": False,
        }
    }


def test_an_open_object_may_have_others() -> None:
    assert "additionalProperties" not in components(BagJson)["Bag"]


def test_types_may_refer_to_each_other_in_a_circle() -> None:
    assert components(Either).keys() == {"Either", "Leaf", "Tree"}
    assert components(TreeJson)["Tree"]["properties"]["left"] == {
        "anyOf": [{"$ref": "#/components/schemas/Tree"}, {"type": "null"}]
    }


def test_a_type_that_no_answer_has_is_a_mistake(types: TypeDescriber) -> None:
    with pytest.raises(LookupError):
        types.describe(set[str])


def test_an_instant_is_described_as_where_it_is_read(types: TypeDescriber) -> None:
    assert types.describe(InstantText)["format"] == "date-time"


def test_a_start_makes_no_schema_of_an_answer() -> None:
    code = (
        "from marshmallow import Schema; from mockcrm import create_app; client = create_app().test_client()\n"
        "def made(of): return {of.__module__}.union(*map(made, of.__subclasses__()))\n"
        "assert client.get('/api/v1/events').status_code == client.get('/admin/clock').status_code == 200\n"
        "print(sorted(each for each in made(Schema) if each.startswith('mockcrm.web') and 'admin' not in each))"
    )
    assert printed_whatever_the_hashes(code) == b"[]\n"
