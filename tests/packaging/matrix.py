"""Every project of `environments` with every Python: `make matrix`, before a release.

It takes the newest versions of the day, so it may fail tomorrow without a change of ours. In each environment
the server must answer as in the first one, and the tests of the sample project must pass.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.packaging.environments import PROJECTS, answers, newest, versions
from tests.sample.users import summary

SHOWN = ("marshmallow", "flask", "click", "gunicorn", "icalendar", "faker")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make matrix", description=__doc__)
    parser.add_argument("--python", action="append", help="a Python, by its path or name; can be repeated")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(PROJECTS)}")
    options = parser.parse_args()
    if unknown := {*options.names} - {*PROJECTS}:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    failed, first = 0, ""
    for python, version in pythons(options.python or sorted({each for of in PROJECTS.values() for each in of.pythons})):
        for name in options.names or PROJECTS:
            if version not in PROJECTS[name].pythons:
                continue
            said, found = outcome(name, python)
            first = first or said
            unlike = differences(first, said) if said else []
            failed += not found.startswith("fine") or bool(unlike)
            _print(f"{version}  {name:30}  {found}{'; other answers: ' * bool(unlike)}{', '.join(unlike)}")
    sys.exit(failed > 0)


def pythons(asked: list[str]) -> Iterator[tuple[str, str]]:
    """The Pythons that run, each with its version; those that do not are named."""
    for each in asked:
        path = shutil.which(each) or shutil.which(f"python{each}") or each
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        try:
            done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            _print(f"{each}  no such Python runs here")
        else:
            yield path, done.stdout.strip()


def outcome(name: str, python: str) -> tuple[str, str]:
    """What the server answers in such an environment, and how it went."""
    with TemporaryDirectory(prefix="mockcrm-matrix-") as folder:
        try:
            ann = newest(Path(folder), PROJECTS[name], python)
            said = answers(ann.python)
        except subprocess.CalledProcessError as error:
            return "", f"pip refuses: {_end(error.stderr)}"
        except AssertionError as error:
            return "", f"the server does not answer: {_end(str(error))}"
        run = ann.tests()
        have = versions(ann)
    found = " ".join(f"{each} {have[each]}" for each in SHOWN)
    return said, f"fine: {found}" if summary(run) == "14 passed" else f"{summary(run) or run.stderr}: {found}"


def differences(first: str, said: str) -> list[str]:
    """The questions to which the server answers otherwise."""
    pairs = zip(json.loads(first), json.loads(said), strict=True)
    return [f"{method} {path}" for (method, path, *expected), (_, _, *found) in pairs if expected != found]


def _end(text: str) -> str:
    return " ".join(text.split()[-40:])


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
