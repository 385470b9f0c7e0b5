"""Many clients at a time: mockcrm beside an empty Flask view on the same server, and beside other servers.

All are asked for one item of a thousand, by 1, 16 and 256 connections: kept open, where the server can, and then closed
after each request. Only one server runs at a time.
"""

import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.calls import Call
from benchmarks.measure import PAIRS
from benchmarks.peers import DASH, OF_NODE, Peer, ask, everybody, fill, installed_node, installed_python, row, running
from benchmarks.wrk import Load, load
from mockcrm import Crm, connect

CONNECTIONS = (1, 16, 256)
ROUNDS = 3
HEAD = (
    f"| server, connections | {' | '.join(f'{each:,}' for each in CONNECTIONS)} |\n{'|---' * (len(CONNECTIONS) + 1)}|\n"
)
NO_PEERS = {"pytest-httpserver"}
"""It is made for answers of a test, and not meant to stand load."""

Point = tuple[int, bool]
"""How many connections, and whether they are kept."""
POINTS: tuple[Point, ...] = tuple((count, keep) for keep in (True, False) for count in CONNECTIONS)


def lines() -> Iterator[str]:
    """The table, line by line."""
    node, python = installed_node(), installed_python()
    with TemporaryDirectory() as folder:
        ours, *others = everybody(Path(folder))
        peers = [peer for peer in others if (node if peer.name.startswith(OF_NODE) else python)]
        peers = [peer for peer in peers if peer.name.split()[0] not in NO_PEERS]
        for peer in peers:
            if peer.keeps:
                with running(peer) as connection:
                    fill(peer, connection)
        with running(ours) as connection:
            size = len(ask(connection, ours.item))
        served = [ours, *on_granian(ours), empty(size), *peers]
        rounds = [[loads(peer) for peer in served] for _ in range(ROUNDS)]
    for keep in (True, False):
        for at, peer in enumerate(served):
            measured = [[one[at][count, keep] for one in rounds] for count in CONNECTIONS]
            named = f"{peer.name}, {'kept' if keep else 'closed'}"
            yield row(named, [cell(each) for each in measured])
    yield row("mockcrm with an audit each second, and a fault rule that matches nothing / without", watched(ours))


def on_granian(ours: Peer) -> Iterator[Peer]:
    """mockcrm on granian, where that is installed."""
    if find_spec("granian") is not None:
        yield replace(
            ours, name="mockcrm on granian", command=lambda port: [*ours.command(port), "--server", "granian"]
        )


def empty(size: int) -> Peer:
    """A Flask view that gives a constant of the event's size, on mockcrm's server."""
    there = Call("GET", "/")
    command = [sys.executable, "-m", "benchmarks.emptyserver"]
    return Peer(
        "an empty Flask view", lambda port: [*command, str(port), str(size)], there, there, (there, there), None
    )


def loads(peer: Peer) -> dict[Point, Load]:
    with running(peer) as connection:
        if not peer.keeps:
            fill(peer, connection)
        url = f"http://{connection.host}:{connection.port}"
        load(url, [peer.item], 4, seconds=1)
        return {(count, keep): load(url, [peer.item], count, keep=keep) for count, keep in POINTS}


def cell(measured: list[Load]) -> str:
    """Requests per second and the 99th percentile, the median of the rounds; and how many failed in all of them."""
    rate = statistics.median(each.rate for each in measured)
    slowest = statistics.median(each.slowest for each in measured)
    failed = sum(each.failed for each in measured)
    return f"{rate:,.0f}/s, {slowest * 1e3:,.0f} ms{f', {failed:,} failed' if failed else ''}"


def watched(ours: Peer) -> list[str]:
    """How many times the requests per second are what they are without, for the number of connections in the middle."""
    _, middle, _ = CONNECTIONS
    ratios = []
    with running(ours) as connection:
        url = f"http://{connection.host}:{connection.port}"
        crm = connect(url)
        for _ in range(PAIRS):
            without = load(url, [ours.item], middle).rate
            rule = crm.faults.add({"status": 503}, match={"operation": "deleteEvent"})
            with audits(crm):
                ratios.append(load(url, [ours.item], middle).rate / without)
            crm.faults.remove(rule["id"])
    return ["", f"{statistics.median(ratios):.2f} ({min(ratios):.2f}{DASH}{max(ratios):.2f})", ""]


@contextmanager
def audits(crm: Crm) -> Iterator[None]:
    """Audit once a second for as long as the block."""
    over = threading.Event()

    def audit() -> None:
        while not over.wait(1):
            crm.audit(wait=None)

    thread = threading.Thread(target=audit)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
