"""The fixture files that come with mockcrm: in a wheel within the package, in the repository beside it."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def folder() -> Path:
    packaged = Path(str(files("mockcrm"))) / "fixtures"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "fixtures"


def fixture_files(kind: str = ".") -> Mapping[str, Path]:
    """The files of one folder of fixtures, such as `dialects`, by name."""
    return {path.stem: path for path in sorted((folder() / kind).glob("*.yaml"))}
