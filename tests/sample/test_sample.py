"""The sample project as its author runs it: what passes there, and what is said of what fails.

It is one test, for what takes its time is to set up the environment.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.sample.users import EXPECTED, ROOT, reported, user


def test_a_users_project_with_the_wheel(tmp_path: Path) -> None:
    ann = user(tmp_path)
    assert contents(ann.wheel) == belonging()
    assert ann.wheel.stat().st_size < 500_000

    passing = ann.runs("-m", "pytest", "--numprocesses", "2", "tests/test_sync.py")
    assert summary(passing) == "14 passed", passing.stdout
    failing = ann.careless()
    assert summary(failing) == "8 failed, 2 errors"
    assert reported(failing) == EXPECTED.read_text(encoding="utf-8")

    explained = ann.runs("-m", "mockcrm", "explain", "overwrite.blind", "concurrent-lost-update")
    assert (explained.returncode, explained.stdout.count("What to do: ")) == (0, 2), explained.stderr

    types = (sys.executable, "-m", "mypy", "--python-executable", ann.python, "--cache-dir", tmp_path / "mypy", ".")
    checked = subprocess.run(types, cwd=ann.project, capture_output=True, text=True, check=False)
    assert checked.stdout.startswith("Success: no issues found in 6 source files"), checked.stdout


def summary(run: "subprocess.CompletedProcess[str]") -> str:
    return run.stdout.splitlines()[-1].strip("= ").rpartition(" in ")[0]


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def belonging() -> set[str]:
    """The modules, the fixture files, the examples of answers, and the word that there are types."""
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "mockcrm").rglob("*.py")}
    fixtures = {f"mockcrm/{path.relative_to(ROOT)}" for path in (ROOT / "fixtures").rglob("*.yaml")}
    return {*modules, *fixtures, "mockcrm/web/openapi/response_examples.json", "mockcrm/py.typed"}
