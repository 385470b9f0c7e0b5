"""A stand-in for npm, for tests of the build: it is fast, and needs no network."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hatch_build import FILES

_PROGRAM = """#!{python}
import json, pathlib, sys
folder = pathlib.Path({folder!r})
said = json.loads((folder / "said.json").read_text())
if sys.argv[1:] == ["--version"]:
    print(said["version"])
    sys.exit(0)
with (folder / "calls").open("a") as calls:
    print(*sys.argv[1:], file=calls)
if said["complaint"]:
    sys.exit(said["complaint"])
for path in said["files"]:
    file = pathlib.Path("node_modules", path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{{path}} of this lock: {{said['label']}}")
"""


@dataclass(frozen=True)
class FakeNpm:
    """An npm in a folder of its own, and what it is to say and to do."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        program = self.folder / "npm"
        program.write_text(_PROGRAM.format(python=sys.executable, folder=str(self.folder)))
        program.chmod(0o755)
        self.says()

    def says(self, *, version: str = "11.0.0", complaint: str = "", label: str = "first") -> None:
        """Its version; with what words it fails, if it does; and what stands in the files that it fetches."""
        payload = {"version": version, "complaint": complaint, "label": label, "files": list(FILES.values())}
        (self.folder / "said.json").write_text(json.dumps(payload))

    @property
    def path(self) -> Mapping[str, str]:
        """An environment in which this is the npm of the system."""
        return {"PATH": str(self.folder)}

    @property
    def calls(self) -> list[str]:
        """The arguments of each call that was more than a question for its version."""
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []
