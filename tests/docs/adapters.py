"""Tries the adapters of the documentation, and writes what a trial says of each into the page "Bring your client".

`python -m tests.docs.adapters` tries all of them, `python -m tests.docs.adapters dlt` those whose file's name has a
word. An adapter whose tool is not installed keeps its row.
"""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mockcrm.trials.command import CommandClient
from mockcrm.trials.hazards import hazards
from mockcrm.trials.outcome import HazardTrial, TrialReport
from mockcrm.trials.play import MAX_TRIAL_REQUESTS
from mockcrm.trials.suite import Suite, TrialSettings, own_server
from tests.docs.made import parts, table
from tests.docs.pages import DOCS
from tests.tools.environment import ENVIRONMENT

FOLDER = DOCS / "how-to" / "adapters"
PAGE, PART = "how-to/bring-your-client.md", "adapters"
TIMEOUT = 60.0
"""Seconds that a sync may take: the tests run while other tests do."""

_READER = ("mailbox", "writes")
_BRIEF = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Java for a program that ends soon: it compiles nothing twice, and has no threads for collecting garbage."""


@dataclass(frozen=True)
class Adapter:
    """An adapter in `docs/how-to/adapters/`.

    `command` makes the command that a trial runs, in which `{folder}` is where the adapter is built. It returns None
    where the tools for it are missing. `lacks` says what the client does not do, as `mockcrm trial` has it: `mailbox`,
    `writes`, `replica`.
    """

    file: str
    title: str
    command: Callable[[Path], Sequence[str] | None]
    lacks: tuple[str, ...] = ()

    def tried(
        self, folder: Path, *only: str, jobs: int = 1, max_requests: int = MAX_TRIAL_REQUESTS
    ) -> TrialReport | None:
        """What a trial of it says, of the hazards that any of some words chooses; None where tools are missing."""
        command = self.command(folder)
        if command is None:
            return None
        stopping = threading.Event()
        mailbox, writes, replica = (name not in self.lacks for name in ("mailbox", "writes", "replica"))
        settings = TrialSettings(jobs=jobs, max_requests=max_requests, mailbox=mailbox, writes=writes, replica=replica)
        with own_server() as server:
            suite = Suite(
                server,
                lambda crm: CommandClient(command, crm, folder / crm.name, timeout=TIMEOUT, stopping=stopping),
                settings,
                stopping=stopping,
            )
            return suite.run(hazards(*only), self.file)

    @property
    def flags(self) -> str:
        """The options of `mockcrm trial` that say what the client does."""
        return " ".join(f"`--no-{name}`" for name in self.lacks) or "-"


def _with(program: str, *arguments: str) -> Callable[[Path], Sequence[str] | None]:
    """A command that needs a program, and runs in the folder of the adapters."""
    return lambda folder: _resolved(shutil.which(program), arguments)


def _resolved(program: str | None, arguments: Sequence[str]) -> Sequence[str] | None:
    if program is None:
        return None
    return [program, *(str(FOLDER / each) if (FOLDER / each).is_file() else each for each in arguments)]


def _java(folder: Path) -> Sequence[str] | None:
    """Java's client, which is compiled first."""
    compiler, java, classes = shutil.which("javac"), shutil.which("java"), folder / "classes"
    if compiler is None or java is None:
        return None
    sources = [str(FOLDER / name) for name in ("ReadOnly.java", "Json.java")]
    brief = [f"-J{each}" for each in _BRIEF]
    subprocess.run([compiler, *brief, "-Xlint:all", "-Werror", "-d", str(classes), *sources], check=True)
    return [java, *_BRIEF, "-cp", str(classes), "ReadOnly"]


def _dlt(folder: Path) -> Sequence[str] | None:
    python = ENVIRONMENT / "bin" / "python"
    return _resolved(str(python) if python.exists() else None, ["dlt_pipeline.py"])


ADAPTERS = (
    Adapter("two_way.mjs", "Node, two-way", _with("node", "two_way.mjs")),
    Adapter("ReadOnly.java", "Java, reads", _java, _READER),
    Adapter("httpx_client.py", "Python with httpx, reads", _with(sys.executable, "httpx_client.py"), _READER),
    Adapter("dlt_pipeline.py", "dlt, by configuration alone", _dlt, _READER),
    Adapter(
        "graph_proxy.py",
        "a Graph client behind a proxy, reads",
        lambda folder: (
            _resolved(sys.executable, ["graph_proxy.py", "node", "graph_client.mjs"]) if shutil.which("node") else None
        ),
        (*_READER, "replica"),
    ),
)


def row(adapter: Adapter, report: TrialReport) -> tuple[str, ...]:
    """What a trial says of an adapter, as a row of the page's table."""
    played = [trial for trial in report.trials if trial.outcome != "not applicable"]
    passed = sum(trial.outcome == "passed" for trial in played)
    others = [_named(trial) for trial in played if trial.outcome != "passed"]
    link = f"[{adapter.title}](adapters/{adapter.file})"
    return link, adapter.flags, f"{passed} of {len(played)}", ", ".join(others) or "-", f"{report.seconds:.0f} s"


def _named(trial: HazardTrial) -> str:
    outcome = "" if trial.outcome == "failed" else f" ({trial.outcome})"
    return f"`{trial.hazard.name}`{outcome}"


def known_rows() -> Mapping[str, str]:
    """The rows that the page has, by the adapters' files."""
    _, part, _ = parts(PAGE, PART)
    return {each.file: line for each in ADAPTERS for line in part.splitlines() if f"(adapters/{each.file})" in line}


def written(words: Sequence[str]) -> Iterator[str]:
    """The table with the rows of the adapters that some words choose made anew."""
    before, rows = known_rows(), list[tuple[str, ...]]()
    for adapter in ADAPTERS:
        with TemporaryDirectory() as folder:
            chosen = not words or any(word in adapter.file for word in words)
            report = adapter.tried(Path(folder), jobs=2) if chosen else None
        if report is not None:
            rows.append(row(adapter, report))
        elif adapter.file in before:
            rows.append(tuple(cell.strip() for cell in before[adapter.file].strip("|").split("|")))
    yield from table(("adapter", "options", "passed", "not passed", "time"), rows)


if __name__ == "__main__":
    made = "".join(written(sys.argv[1:]))
    start, _, rest = parts(PAGE, PART)
    (DOCS / PAGE).write_text(f"{start}{made}{rest}", encoding="utf-8")
