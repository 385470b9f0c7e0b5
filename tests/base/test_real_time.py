"""Real time in a world that a test has frozen."""

import ast
import importlib.util
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from types import ModuleType

import freezegun
import pytest
import time_machine

from mockcrm.base import real_time
from tests.test_house import MODULES, PACKAGE

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
FREEZERS = [
    pytest.param(lambda: freezegun.freeze_time(LONG_AGO), id="freezegun"),
    pytest.param(lambda: time_machine.travel(LONG_AGO, tick=False), id="time-machine"),
]
Freeze = Callable[[], AbstractContextManager[object]]


def imported_anew() -> ModuleType:
    """The module as it is when it is imported for the first time now."""
    assert real_time.__spec__ is not None
    assert real_time.__spec__.loader is not None
    module = importlib.util.module_from_spec(real_time.__spec__)
    real_time.__spec__.loader.exec_module(module)
    return module


@pytest.mark.parametrize("freeze", FREEZERS)
@pytest.mark.parametrize("first_in_the_frozen_world", [False, True])
def test_real_time_goes_on_in_a_frozen_world(freeze: Freeze, first_in_the_frozen_world: bool) -> None:
    before = datetime.now(UTC)
    with freeze():
        assert datetime.now(UTC) == LONG_AGO
        module = imported_anew() if first_in_the_frozen_world else real_time
        now, began = module.real_now(), module.real_seconds()
        while module.real_seconds() == began:
            pass
    assert before - timedelta(seconds=1) <= now <= datetime.now(UTC)


def test_the_package_reads_elapsed_time_in_one_place() -> None:
    """A command has a process of its own, which nobody freezes."""
    found = [
        str(module.relative_to(PACKAGE))
        for module in MODULES
        if module.relative_to(PACKAGE).parts[0] != "cli"
        and any(
            isinstance(node, ast.Attribute) and node.attr in ("monotonic", "perf_counter")
            for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        )
    ]
    assert found == ["base/real_time.py"]
