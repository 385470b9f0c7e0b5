"""The recorded run: a file in the repository, which later runs are compared with."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from benchmarks.gauge.comparison import Span

FILE = Path(__file__).parent.parent / "recorded.json"
DIGITS = 5
"""How many significant digits a figure has."""


@dataclass(frozen=True)
class Record:
    """A run: the subject and the day of the commit that was measured, the Python, and of each row the ratios."""

    commit: str
    date: str
    python: str
    rows: Mapping[str, Span]

    @classmethod
    def read(cls, file: Path = FILE) -> Self:
        """The record in a file. Raises `ValueError` if it is none, `FileNotFoundError` if there is no file."""
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            rows = {name: Span(**figures) for name, figures in found.pop("rows").items()}
            return cls(**found, rows=rows)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{file} is no recorded run: {error}") from error

    def write(self, file: Path = FILE) -> None:
        """Write the record, a row a line."""
        head = [f"  {json.dumps(name)}: {json.dumps(getattr(self, name))},\n" for name in ("commit", "date", "python")]
        rows = [f"    {json.dumps(name)}: {json.dumps(_rounded(span))}" for name, span in self.rows.items()]
        file.write_text("".join(["{\n", *head, '  "rows": {\n', ",\n".join(rows), "\n  }\n}\n"]), encoding="utf-8")


def _rounded(span: Span) -> dict[str, float]:
    return {name: _significant(value) for name, value in asdict(span).items()}


def _significant(value: float) -> float:
    return round(value, DIGITS - 1 - math.floor(math.log10(value)))
