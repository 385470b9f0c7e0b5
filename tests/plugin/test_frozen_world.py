"""Tests that freeze the world: nothing of the CRM stands still with it."""

import pytest

pytest_plugins = ["pytester"]

FROZEN = """
    import urllib.request
    from datetime import UTC, datetime

    import pytest
    {freezer}

    @pytest.fixture(autouse=True)
    def frozen():
        with {freeze}:
            yield

    def test_the_crm_s_clock_runs(crm):
        assert datetime.now(UTC).year == 2001
        before = crm.clock.now()
        while crm.clock.now() == before:
            pass
        assert before.year > 2001

    @pytest.mark.parametrize("over", ["process", "http"])
    def test_a_wait_ends(crm, mockcrm_server, over):
        from mockcrm import connect
        controls = crm if over == "process" else connect(mockcrm_server, crm.name)
        with pytest.raises(AssertionError, match="expected at least 1 request"):
            controls.verify({{"operation": "createEvent"}}, timeout="20ms")

    def test_a_delayed_answer_comes(crm):
        crm.faults.add({{"delay": "20ms"}})
        assert urllib.request.urlopen(f"{{crm.url}}/events").status == 200
        crm.assert_clean()
"""


@pytest.mark.parametrize(
    ("freezer", "freeze"),
    [
        ("import freezegun", "freezegun.freeze_time('2001-01-01')"),
        ("import time_machine", "time_machine.travel(datetime(2001, 1, 1, tzinfo=UTC), tick=False)"),
    ],
    ids=["freezegun", "time-machine"],
)
def test_nothing_of_the_crm_stands_still(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, freezer: str, freeze: str
) -> None:
    # In a process of its own, mockcrm is imported in the frozen world.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(FROZEN.format(freezer=freezer, freeze=freeze))
    result = pytester.runpytest_subprocess("-p", "mockcrm.pytest_plugin", "-p", "no:cacheprovider", timeout=60)
    result.assert_outcomes(passed=4)
