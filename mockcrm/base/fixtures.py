"""The fixture files that come with mockcrm: in a wheel within the package, in the repository beside it."""

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType


@cache
def folder() -> Path:
    packaged = Path(str(files("mockcrm"))) / "fixtures"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "fixtures"


def fixture_files(kind: str = ".") -> Mapping[str, Path]:
    """The files of one folder of fixtures, such as `dialects`, by name."""
    of_kind = folder() / kind
    return _files_in(of_kind, of_kind.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _files_in(of_kind: Path, changed: int) -> Mapping[str, Path]:
    return MappingProxyType({path.stem: path for path in sorted(of_kind.glob("*.yaml"))})
