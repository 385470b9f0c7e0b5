"""The samples in the docstrings of the control client."""

import doctest
from types import ModuleType

import pytest

import mockcrm
from mockcrm import connect, create_app
from mockcrm.client import controls, crm, demo_controls


@pytest.mark.parametrize("module", [mockcrm, crm, controls, demo_controls], ids=lambda module: module.__name__)
def test_the_samples_are_right(module: ModuleType) -> None:
    samples = [found for found in doctest.DocTestFinder().find(module) if found.examples]
    assert samples
    for sample in samples:
        sample.globs["crm"] = connect(create_app())
        assert doctest.DocTestRunner().run(sample).failed == 0
