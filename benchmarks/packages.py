"""What `pip install mockcrm` brings along, and how large it is on the disk, compiled modules among it."""

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.install import PIP, at_hand, run, wheels

HEAD = "| package | MB |\n|---|---|\n"
LARGE = 1.0
"""From how many megabytes on a package has a line of its own."""


def lines() -> Iterator[str]:
    """The table, line by line."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        wheel = wheels(folder)
        run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
        run(*PIP, "--python", folder / "venv" / "bin" / "python", "install", *at_hand(folder), wheel)
        (site,) = map(str, (folder / "venv").glob("lib/python*/site-packages"))
        sizes = {package.name: size(package) for package in distributions(path=[site])}
        fetched = sum(path.stat().st_size for path in folder.glob("*.whl")) / 1e6
    large = sorted((name for name in sizes if sizes[name] >= LARGE), key=lambda name: -sizes[name])
    for name in large:
        yield row(name, sizes[name])
    yield row(f"{len(sizes) - len(large)} others", sum(sizes[name] for name in sizes.keys() - {*large}))
    yield row(f"{len(sizes)} packages", sum(sizes.values()))
    yield row("to be fetched, with pytest", fetched)


def row(what: str, megabytes: float) -> str:
    return f"| {what} | {megabytes:.1f} |\n"


def size(package: Distribution) -> float:
    files = (Path(str(package.locate_file(file))) for file in package.files or ())
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6
