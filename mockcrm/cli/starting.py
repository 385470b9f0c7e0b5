"""What `mockcrm serve` starts from: a fixture file, a snapshot, or a bundle."""

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click
import orjson

from mockcrm.base.collecting import making_many
from mockcrm.base.declaring import dataclass
from mockcrm.base.nesting import MAX_NESTING, too_deep
from mockcrm.base.times import format_instant
from mockcrm.cli.settings import Options, check_start, start_of, variant_of, varied
from mockcrm.crm.dialect.knobs import Dialect
from mockcrm.crm.dialect.named import name_of
from mockcrm.errors import Refusal, SnapshotInvalid
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.state import SNAPSHOT_FORMAT, State

if TYPE_CHECKING:
    from mockcrm.cli.watching import WatchedFile

MAX_SAVED = 1024 * 1024 * 1024
"""The largest snapshot or bundle that is read, in bytes."""


class Start(Protocol):
    """What the CRM starts from, checked. `watched` is the file that is to be watched."""

    watched: "WatchedFile | None" = None

    @abstractmethod
    def sandboxes(self, **limits: Any) -> Sandboxes:
        """Sandboxes with these limits, of which `default` starts so. Raises `SandboxFull` and `ReplayInvalid`."""

    @abstractmethod
    def check(self) -> None:
        """Check what only a start shows. Raises a `Refusal`."""

    @abstractmethod
    def words(self) -> str:
        """A summary in one line."""

    @abstractmethod
    def numbers(self) -> dict[str, Any]:
        """The same in JSON's types."""


def start_from(given: Options) -> Start:
    """What the options ask for.

    Raises `ScenarioInvalid`, `ScenarioNotFound`, `DialectInvalid` and `click.ClickException`.
    """
    check_start(given)
    path = given["load"]
    document = _saved_document(path) if path else None
    if document is None:
        watched = _watched(path, given) if given["watch"] else None
        return _ScenarioStart(watched.start() if watched else start_of(given), watched)
    if given["watch"]:
        raise click.UsageError("--watch needs a fixture file, and this one is saved by a server.")
    try:
        return _saved_start(document, given)
    except Refusal as refusal:
        raise click.ClickException(f"{path}: {refusal.message}") from refusal


def _watched(path: Path, given: Options) -> "WatchedFile":
    from mockcrm.cli.watching import WatchedFile  # noqa: PLC0415  most starts watch no file

    return WatchedFile(path, lambda read: varied(read, given))


def _saved_document(path: Path) -> Any:
    """What a server has saved in a file, as JSON's types, in whatever version. None for every other file."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_SAVED:
            return None
        with path.open("rb") as file:
            begin = file.read(1024)
            document = orjson.loads(begin + file.read()) if begin.lstrip().startswith(b"{") else None
    except (OSError, orjson.JSONDecodeError):
        # Whoever reads it as a fixture file says what is wrong with it.
        return None
    return document if isinstance(document, dict) and str(document.get("format")).startswith("mockcrm.") else None


def _saved_start(document: Any, given: Options) -> Start:
    """Raises `SnapshotInvalid`, `ReplayInvalid`, `DialectInvalid` and `click.UsageError`."""
    if document["format"].partition("/")[0] == SNAPSHOT_FORMAT.partition("/")[0]:
        return _snapshot_start(document, given)
    from mockcrm.cli.replayed_start import replayed_start  # noqa: PLC0415  no other start needs what it imports

    return replayed_start(document, given)


@dataclass
class _ScenarioStart(Start):
    scenario: Scenario
    watched: "WatchedFile | None"

    def sandboxes(self, **limits: Any) -> Sandboxes:
        return Sandboxes(self.scenario, **limits, reread=self.watched.reread if self.watched else lambda load: None)

    def check(self) -> None:
        self.scenario.start()

    def words(self) -> str:
        from mockcrm.cli.scenario_summary import summary_in_words  # noqa: PLC0415  `serve` says nothing of it

        return f"{summary_in_words(self.scenario)}, seed {self.scenario.seed}, dialect {_named(self.scenario.dialect)}"

    def numbers(self) -> dict[str, Any]:
        from mockcrm.cli.scenario_summary import summary_in_numbers  # noqa: PLC0415  `serve` says nothing of it

        return {"kind": "scenario", **summary_in_numbers(self.scenario)}


def _named(dialect: Dialect) -> str:
    return name_of(dialect) or "without a name"


def _snapshot_start(document: Any, given: Options) -> Start:
    """Raises `SnapshotInvalid` and `DialectInvalid`."""
    if too_deep([document], 2 * MAX_NESTING):
        raise SnapshotInvalid(f"The snapshot is not valid: it nests deeper than {2 * MAX_NESTING} levels.")
    from mockcrm.sandbox.snapshot import load_snapshot  # noqa: PLC0415  no other start needs what it imports

    with making_many():
        state = load_snapshot(document)
        variant_of(given).apply(state)
    if given["frozen_at"]:
        state.crm.clock.set(given["frozen_at"])
        state.crm.clock.adjust(running=False)
    return _SnapshotStart(state)


@dataclass
class _SnapshotStart(Start):
    """The CRM is as it was when the snapshot was saved. Its clock goes on from then."""

    state: State

    def sandboxes(self, **limits: Any) -> Sandboxes:
        sandboxes = Sandboxes(**limits)
        sandboxes.restore(sandboxes.get("default"), self.state)
        return sandboxes

    def check(self) -> None:
        """Reading it has checked it."""

    def words(self) -> str:
        found = self.numbers()
        when = f"the clock {found['mode']} at {found['now']}"
        return f"a snapshot with {found['events']} events, {when}, dialect {_named(self.state.crm.dialect)}"

    def numbers(self) -> dict[str, Any]:
        clock, run = self.state.crm.clock, self.state.scenario_run
        return {
            "kind": "snapshot",
            "events": self.state.crm.store.events.live_count(),
            "steps": len(run.steps) if run else 0,
            "now": format_instant(clock.now()),
            "mode": "running" if clock.running else "frozen",
            "dialect": name_of(self.state.crm.dialect),
        }
