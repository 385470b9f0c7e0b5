"""A process that measures rows of one revision, as it is told: `begin ROW`, and then `read`, a line each.

It answers in JSON, a line each: `{}` or `{"missing": "why"}` to the one, `{"work": 1.5, "floor": 0.5}` to the other.
The driver chooses by `PYTHONPATH` which mockcrm it imports.
"""

import gc
import json
import sys
from dataclasses import asdict

from benchmarks.gauge.rows import ROWS, Measured


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    read: Measured | None = None
    for line in sys.stdin:
        order, _, name = line.strip().partition(" ")
        read = None if order == "begin" else read
        try:
            if order == "begin":
                read, answer = begin(name), {}
            else:
                assert read
                answer = asdict(read())
        except Exception as error:
            answer = {"missing": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers, flush=True)


def begin(name: str) -> Measured:
    """What reads a row. What there is by then is kept from the garbage collector, as `mockcrm serve` does."""
    gc.unfreeze()
    read = ROWS[name].begin()
    gc.collect()
    gc.freeze()
    return read


main()
