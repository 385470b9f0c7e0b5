"""Environments of projects that have packages of their own beside mockcrm, in old and in new versions."""

import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.docs.pages import ROOT
from tests.sample.users import User, user

PROOF = Path(__file__).parent / "proof.py"
MANIFEST = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEEDS = [Requirement(each) for each in MANIFEST["project"]["dependencies"]]
"""What the wheel asks for."""


@dataclass(frozen=True)
class Project:
    """A project: what it has beside mockcrm, and which packages have another version for that than they have here."""

    packages: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ("3.11", "3.12", "3.13", "3.14")


def oldest() -> tuple[str, ...]:
    """The oldest version of each dependency, by its lower bound."""
    return tuple(f"{each.name}=={lower_bound(each)}" for each in NEEDS)


def lower_bound(requirement: Requirement) -> str:
    """The lower bound, which must be the only one."""
    (bound,) = requirement.specifier
    assert bound.operator == ">=", f"{requirement} has another bound than a lower one."
    return bound.version


PROJECTS: Mapping[str, Project] = {
    "newest": Project(),
    # The oldest versions have wheels for the oldest Python alone.
    "oldest": Project(oldest(), pythons=("3.11",)),
    "dataclasses-json": Project(("dataclasses-json",), moves=("marshmallow",)),
    "marshmallow 3.20": Project(("marshmallow==3.20.0",)),
    "marshmallow 4.0": Project(("marshmallow==4.0.0",)),
    "flask-smorest, marshmallow 3": Project(("flask-smorest", "marshmallow<4")),
    "click 8.1": Project(("click==8.1.8",)),
    "Flask 2": Project(("flask<3", "werkzeug<3")),
    "Flask 3.0": Project(("flask<3.1", "werkzeug<3.1")),
    "gunicorn 23": Project(("gunicorn==23.0.0",)),
    "gunicorn 25.2": Project(("gunicorn==25.2.0",)),
    "icalendar 5": Project(("icalendar<6",)),
}
"""Projects by the name of what is particular in them. Those with a bound have the newest version below it."""


def installed(home: Path, project: Project) -> User:
    """Such a project, with the versions of `constraints.txt` for all that it says nothing about."""
    free = {canonicalize_name(Requirement(each).name) for each in project.packages} | {*project.moves}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return _with(home, project, (each for each in lines if canonicalize_name(each.partition("==")[0]) not in free))


def newest(home: Path, project: Project, python: str) -> User:
    """Such a project as pip installs it today: the newest versions of all that it says nothing about."""
    return _with(home, project, (), python)


def _with(home: Path, project: Project, constraints: Iterable[str], python: str = sys.executable) -> User:
    file = home / "constraints.txt"
    file.write_text("".join(f"{each}\n" for each in constraints))
    return user(home, project.packages, file, python)


def versions(of: User) -> dict[str, str]:
    """The packages of an environment, with their versions."""
    sites = map(str, of.python.parent.parent.glob("lib/python*/site-packages"))
    return {canonicalize_name(each.name): each.version for each in distributions(path=[*sites])}


def answers(python: Path | str) -> str:
    """What the server of an environment answers: see `proof`. Raises `AssertionError` with what went wrong."""
    done = subprocess.run(
        [str(python), "-W", "error", str(PROOF)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
