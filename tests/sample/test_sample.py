"""The sample project as its author runs it: what passes there, and what is said of what fails.

It is one test, for what takes its time is to set up the environment.
"""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from hatch_build import FILES, PLACE, STAMP
from mockcrm.web.console.pages import FILES as CONSOLE
from tests.sample.users import EXPECTED, ROOT, TYPED, reported, summary, user


def test_a_users_project_with_the_wheel(tmp_path: Path) -> None:
    ann = user(tmp_path)
    assert contents(ann.wheel) == belonging()
    assert ann.wheel.stat().st_size < 1_500_000

    passing = ann.tests()
    assert summary(passing) == "14 passed", passing.stdout
    failing = ann.careless()
    assert summary(failing) == "8 failed, 2 errors"
    assert reported(failing) == EXPECTED.read_text(encoding="utf-8")

    explained = ann.runs("-m", "mockcrm", "explain", "overwrite.blind", "concurrent-lost-update")
    assert (explained.returncode, explained.stdout.count("What to do: ")) == (0, 2), explained.stderr

    checked = ann.types_of(ann.project)
    assert checked.stdout.startswith("Success: no issues found in 6 source files"), checked.stdout

    typed = Path(shutil.copytree(TYPED, tmp_path / "typed"))
    mistaken = ann.types_of(typed, "--strict")
    assert errors(mistaken) == marked(typed), mistaken.stdout


@pytest.mark.parametrize("took", ["===== 1 failed in 0.98s =====", "== 1 failed in 75.11s (0:01:15) =="])
def test_how_long_a_run_took_is_no_part_of_the_report(took: str) -> None:
    said = f"==== ERRORS ====\nwhat went wrong\n{took}\n"
    run = subprocess.CompletedProcess([], 1, said, "")
    assert reported(run) == "what went wrong\n= 1 failed in 1.00s =\n"


def errors(run: "subprocess.CompletedProcess[str]") -> list[str]:
    """The lines in which mypy finds errors, each with its file."""
    return [line.partition(": error: ")[0] for line in run.stdout.splitlines() if ": error: " in line]


def marked(folder: Path) -> list[str]:
    """The lines that have a mistake, each with its file."""
    return [
        f"{file.name}:{number}"
        for file in sorted(folder.glob("*.py"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if line.endswith("# mistake")
    ]


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def belonging() -> set[str]:
    """The modules, the fixture files, the examples of answers, the two pages, and the word that there are types."""
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "mockcrm").rglob("*.py")}
    fixtures = {f"mockcrm/{path.relative_to(ROOT)}" for path in (ROOT / "fixtures").rglob("*.yaml")}
    report = {"mockcrm/cli/trial/report.html", "mockcrm/cli/trial/report.css"}
    console = {str(path.relative_to(ROOT)) for path in CONSOLE.rglob("*") if path.is_file()}
    libraries = {f"{PLACE}/{name}" for name in (*FILES, STAMP)}
    return {
        *modules,
        *fixtures,
        *report,
        *console,
        *libraries,
        "mockcrm/web/openapi/response_examples.json",
        "mockcrm/py.typed",
    }
