"""The shape of the house: what can be counted of it. What may import what, `lint-imports` checks."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mockcrm"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_ENTRIES = 16
MAX_LINES = 450
MAX_FUNCTION = 40

SHARED = {
    "mockcrm/client/types": "The control client's types have the names of what they describe.",
    "mockcrm/sandbox/actions.py": "The verbs of a sandbox are those of its CRM, and its own.",
    "mockcrm/web/admin": "A view is named after its call, which API and controls both have.",
}
"""Where a name may stand that another module has, too, and why."""


def test_the_package_can_be_named_after_reading_its_listing_once() -> None:
    entries = [each for each in PACKAGE.iterdir() if each.name != "__pycache__"]
    assert len(entries) <= MAX_ENTRIES
    assert {each.name for each in entries if each.is_dir()} == {
        "errors", "base", "crm", "journal", "faults", "audit", "sandbox", "web", "client", "reference_client", "trials",
        "cli", "pytest_plugin",
    }  # fmt: skip


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_a_module_and_each_of_its_functions_can_be_taken_in(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    for found in ast.walk(ast.parse(text)):
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (found.end_lineno or 0) - found.lineno < MAX_FUNCTION, found.name


@pytest.mark.parametrize("wing", sorted(each.parent.name for each in PACKAGE.glob("*/__init__.py")))
def test_a_wing_says_in_a_few_lines_what_it_is_about(wing: str) -> None:
    text = ast.get_docstring(ast.parse((PACKAGE / wing / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert 3 <= len(text.splitlines()) <= 60


def test_a_public_name_means_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for module in MODULES:
        place = str(module.relative_to(PACKAGE.parent))
        for name in _public(ast.parse(module.read_text(encoding="utf-8"))):
            if not place.startswith(tuple(SHARED)):
                places[name].append(place)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def _public(module: ast.Module) -> Iterator[str]:
    """The names that a module gives to classes, functions and constants."""
    for each in module.body:
        match each:
            case ast.ClassDef() | ast.FunctionDef():
                names = [each.name]
            case ast.Assign():
                names = [target.id for target in each.targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name() as target):
                names = [target.id]
            case _:
                names = []
        yield from (name for name in names if not name.startswith("_"))
