"""The fixture files that come with mockcrm: beside the package in the repository, within it in a wheel."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def folder() -> Path:
    packaged = Path(str(files("mockcrm"))) / "fixtures"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "fixtures"


def named(kind: str = ".") -> Mapping[str, Path]:
    """The files of one kind, a folder below, by name."""
    return {path.stem: path for path in sorted((folder() / kind).glob("*.yaml"))}
