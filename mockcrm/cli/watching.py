"""`mockcrm serve --watch`: a fixture file is read again when it is edited, and the CRM starts over with it."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from mockcrm.cli.console import say
from mockcrm.cli.scenario_summary import summary_in_words
from mockcrm.errors import Refusal
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.sandbox.scenario.fixture_file import read_scenario, text_of_file
from mockcrm.sandbox.scenario.scenario import Scenario

_EVERY = 0.5
"""How many seconds pass between two looks at a file."""

_Stamp = tuple[int, int, int] | None
"""What changes when a file is written or replaced; None where there is no file."""


class WatchedFile:
    """A fixture file, as it was last read. `vary` makes of the file's scenario that with which the CRM starts."""

    def __init__(self, path: Path, vary: Callable[[Scenario], Scenario]) -> None:
        self.path, self._vary = path, vary
        self.stamp = self.present_stamp()
        self._read: bytes | None = None

    def present_stamp(self) -> _Stamp:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def start(self) -> Scenario:
        """The scenario in the file, which is read for the first time. Raises `ScenarioInvalid`."""
        scenario = self.reread(lambda scenario: None)
        assert scenario is not None
        return scenario

    def reread(self, load: Callable[[Scenario], None]) -> Scenario | None:
        """`load` the scenario in the file, and return it; None if the file has not changed since the last time.

        Raises `ScenarioInvalid` for as long as there is a mistake in it, and what `load` raises as long as that does.
        """
        text = text_of_file(self.path)
        digest = hashlib.sha256(text.encode()).digest()
        if digest == self._read:
            return None
        scenario = self._vary(read_scenario(text, str(self.path)))
        load(scenario)
        self._read = digest
        return scenario


class FileWatch:
    """Looks at a file from time to time, and starts the CRM over when it was edited. It says so on standard error."""

    def __init__(self, file: WatchedFile, sandboxes: Sandboxes) -> None:
        self._file, self._sandboxes = file, sandboxes
        self._seen = self._read = file.stamp

    def start(self) -> None:
        """Look from now on, in a thread that ends with the process."""
        threading.Thread(target=self._keep_looking, daemon=True).start()

    def _keep_looking(self) -> None:
        never = threading.Event()
        while not never.wait(_EVERY):
            self.look()

    def look(self) -> None:
        """Look at the file. One that has changed is read once it has not changed again since the last look.

        Otherwise half of a file would be read that is still being written.
        """
        before, self._seen = self._seen, self._file.present_stamp()
        if before != self._seen or self._seen == self._read:
            return
        self._read = self._seen
        try:
            scenario = self._sandboxes.renew()
        except Refusal as refusal:
            say(f"{refusal.message}\nThe CRM stays as it was.", err=True)
            return
        if scenario is not None:
            say(f"{self._file.path} was read again: {summary_in_words(scenario)}.", err=True)
