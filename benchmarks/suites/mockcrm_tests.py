import pytest

from benchmarks.suites import every_test
from mockcrm import Crm


@every_test
@pytest.mark.mockcrm(count=1000, seed=1)
def test_nothing(crm: Crm, number: int) -> None:
    pass
