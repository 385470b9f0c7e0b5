"""Runs the console sessions of a Markdown file, and compares what they print with what the file says.

A session is the `console` blocks of one file, in their order, in one shell. A line that begins with `$ ` is a command,
and what follows it, up to the next, is its output. `python -m tests.docs.console FILES` writes the output anew.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mockcrm import Sandboxes, create_app, load_scenario, serving
from tests.docs.pages import ROOT

ADDRESS = "http://127.0.0.1:8080"
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_END = "--- end of output ---"
_MOCKCRM = f'mockcrm() {{ {sys.executable} -m mockcrm "$@"; }}'


@dataclass(frozen=True)
class Exchange:
    command: str
    output: str


def exchanges(text: str) -> list[Exchange]:
    """Every command of a file's sessions with the output that the file shows."""
    found = []
    for block in _BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            while command.endswith("\\"):
                more, _, output = output.partition("\n")
                command += "\n" + more
            found.append(Exchange(command, output))
    return found


def replayed(text: str, scenario: Path) -> list[Exchange]:
    """The same commands with what they print, against a server that starts from the scenario."""
    commands = [exchange.command for exchange in exchanges(text)]
    script = f'mockcrm() {{ {sys.executable} -m mockcrm "$@"; }}\n' + "\n".join(
        f"{command}\nprintf '%s\\n' '{_END}'" for command in commands
    )
    with serving(create_app(Sandboxes(load_scenario(scenario)))) as url:
        run = subprocess.run(
            ["bash"],
            input=script.replace(ADDRESS, url),
            capture_output=True,
            text=True,
            timeout=60,
            cwd=ROOT,
            check=True,
        )
    outputs = run.stdout.replace(url, ADDRESS).split(f"{_END}\n")
    return [Exchange(command, output) for command, output in zip(commands, outputs, strict=False)]


def rewritten(text: str, scenario: Path) -> str:
    """The text with the output that its commands have now."""
    fresh = iter(replayed(text, scenario))

    def block(match: re.Match[str]) -> str:
        count = len(exchanges(match[0]))
        lines = "".join(f"$ {each.command}\n{each.output}" for each in (next(fresh) for _ in range(count)))
        return f"```console\n{lines}```"

    return _BLOCK.sub(block, text)


def start_of(page: Path, folder: Path) -> Path:
    """The fixture file from which a page's server starts: the quickstart, or the page's own, saved in a folder."""
    if page.name == "scenarios.md":
        return example(page.read_text(encoding="utf-8"), folder / "lunch.yaml")
    return ROOT / "fixtures" / "quickstart.yaml"


def example(text: str, file: Path) -> Path:
    """The page's own fixture file, saved as the page says."""
    (yaml,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    file.write_text(yaml, encoding="utf-8")
    return file


if __name__ == "__main__":
    for page in map(Path, sys.argv[1:]):
        with TemporaryDirectory() as folder:
            page.write_text(rewritten(page.read_text(encoding="utf-8"), start_of(page, Path(folder))), encoding="utf-8")
