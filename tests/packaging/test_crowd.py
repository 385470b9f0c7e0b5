"""The plugin among others that change how tests run: all of them are on at once."""

import shutil
from pathlib import Path

from tests.sample.users import summary, user

PLUGINS = (
    "freezegun",
    "pytest-asyncio",
    "pytest-randomly",
    "pytest-repeat",
    "pytest-rerunfailures",
    "pytest-socket",
    "time-machine",
)
CROWD = Path(__file__).with_name("crowd.py")
QUIET = ("-m", "pytest", "--override-ini", "asyncio_default_fixture_loop_scope=function")
"""pytest-asyncio warns where nobody has chosen that."""


def test_the_tests_of_a_project_with_many_plugins_pass(tmp_path: Path) -> None:
    ann = user(tmp_path, PLUGINS)
    shutil.copy(CROWD, ann.project / "tests" / "test_crowd.py")

    often = ("--numprocesses", "2", "--count", "2", "--reruns", "1", "-k", "not hazards")
    files = ("tests/test_sync.py", "tests/test_crowd.py")
    allowed = ann.runs(*QUIET, *often, "--disable-socket", "--allow-hosts=127.0.0.1", *files)
    assert summary(allowed) == "26 passed, 2 rerun", allowed.stdout

    # The first test that gets a CRM may use no socket, and the next one may.
    in_order = ("-p", "no:randomly", "-k", "test_that_may or frozen")
    guarded = ann.runs(*QUIET, *in_order, "--disable-socket", "tests/test_crowd.py")
    assert summary(guarded) == "3 passed, 3 deselected", guarded.stdout

    # A report is of the CRM of the last run: that of the first one is gone.
    again = ann.runs(*QUIET, "--reruns", "1", "-k", "leaves_others", "tests/test_careless.py")
    assert summary(again) == "1 failed, 9 deselected, 1 rerun", again.stdout
    assert (again.stdout.count(": replay -"), "sandbox.notFound" in again.stdout) == (1, False)
