"""Ten thousand sandboxes in one process, each a fork of one with a thousand events."""

import gc
import resource
import statistics
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from benchmarks.floors import caller
from benchmarks.measure import seconds
from mockcrm import Sandboxes, connect, create_app

FORKS, EVENTS = 10_000, 1_000
HEAD = "| what | measured |\n|---|---|\n"


def lines() -> Iterator[str]:
    """The table, line by line."""
    boxes = Sandboxes(limit=FORKS + 3)
    app = create_app(boxes)
    origin = connect(app).create("origin", count=EVENTS, seed=1)
    first = asked(app, origin.fork().name)
    gc.collect()
    before = held()
    took = [seconds(origin.fork) for _ in range(FORKS)]
    gc.collect()
    made = held() - before
    names = [box.name for box in boxes.all() if "~" in box.name]
    last = statistics.median(asked(app, name) for name in names[:: FORKS // 100])
    yield f"| memory of a fork, of {FORKS:,} of {EVENTS:,} events | {made / FORKS / 1024:,.1f} KiB |\n"
    yield f"| memory of the process | {held() / 2**20:,.0f} MiB |\n"
    yield f"| making one: the first thousand, the last thousand | {each(took[:1000])}, {each(took[-1000:])} |\n"
    yield f"| making all | {sum(took):,.1f} s |\n"
    yield f"| one event by its id, with one fork, with all | {first * 1e6:,.0f} µs, {last * 1e6:,.0f} µs |\n"


def each(took: list[float]) -> str:
    return f"{statistics.median(took) * 1e6:,.0f} µs"


def asked(app: Flask, name: str) -> float:
    """How long one event of a sandbox takes, mostly: the first time, and a search for garbage, take a hundred times."""
    crm = connect(app).sandbox(name)
    event = crm.ask("GET", "/events", limit=1)["records"][0]["id"]
    ask = caller(app, f"/sandboxes/{name}/api/v1/events/{event}")
    return statistics.median(seconds(ask) for _ in range(20))


def held() -> int:
    """The memory that the process holds, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
