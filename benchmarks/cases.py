"""What is measured. Each function gives one or more rows of the table."""

import gc
import http.client
import os
import re
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from faker import Faker
from flask import Flask, jsonify

from benchmarks.firsttest import sessions
from benchmarks.floors import caller, plain_flask
from benchmarks.measure import PAIRS, Row, compare, faster, seconds
from benchmarks.worlds import CRM, NOW, POST, SPAN, START, invented, regular
from mockcrm import Sandbox, connect, create_app
from mockcrm.base.wsgi import call_app
from mockcrm.crm.dialect.knobs import PLAIN
from mockcrm.crm.event import Event
from mockcrm.crm.fake_crm import Write
from mockcrm.crm.kinds.event_schema import EventSchema
from mockcrm.crm.kinds.registry import KINDS
from mockcrm.crm.lists.cursor import EVENTS
from mockcrm.crm.rendering import rendered, shown_record

HALF_HOUR = timedelta(minutes=30)


def in_the_process() -> Iterator[Row]:
    boxes = invented(1000)
    app = create_app(boxes)
    get = caller(app, "/api/v1/events/1005")
    plain = plain_flask(get())
    yield compare("GET by id / a constant view", 1.35, get, caller(plain, "/constant/1005"), times=300)
    yield compare(
        "POST / a view that echoes its body",
        2.5,
        caller(app, "/api/v1/events", POST),
        caller(plain, "/echo", POST),
        times=200,
    )


def starting() -> Iterator[Row]:
    boxes = invented(1000)
    default = boxes.get("default")
    numbers = count()

    def fork() -> None:
        create_app(boxes)
        boxes.fork(default, name := f"fork{next(numbers)}")
        boxes.delete(name)

    create_app(boxes)
    yield Row("create_app and a fork of 1,000 events, in ms", 2.0, [seconds(fork, 20) * 1e3 for _ in range(7)])
    yield faster("reset of 1,000 events / seeding them", 100, lambda: boxes.reset(default), lambda: invented(1000))
    big = invented(10_000)
    yield Row(
        "fork of 10,000 events, in ms", 5.0, [seconds(lambda: forget(big, next(numbers)), 20) * 1e3 for _ in range(7)]
    )


def forget(boxes: Any, number: int) -> None:
    boxes.fork(boxes.get("default"), f"fork{number}")
    boxes.delete(f"fork{number}")


def seeding() -> Iterator[Row]:
    size = 100_000
    fake = Faker()

    def naive() -> None:
        for _ in range(100):
            begins = fake.date_time_between(START, NOW)
            people = [{"name": fake.name(), "emailAddress": fake.email()} for _ in range(3)]
            {
                "id": fake.uuid4(),
                "subject": f"{fake.catch_phrase()} with {fake.company()}",
                "description": fake.paragraph(),
                "startTime": begins.isoformat(),
                "endTime": (begins + HALF_HOUR).isoformat(),
                "location": fake.address(),
                "attendees": people,
            }

    def ours() -> None:
        with invented(size).get("default").open() as state:
            rendered(state.crm.store.changes(0), PLAIN)

    naive()
    ours()
    pairs = [(seconds(naive) / 100, seconds(ours) / size) for _ in range(7)]
    note = f"{sorted(mine for _, mine in pairs)[3] * size:.1f} s for 100,000 events"
    yield Row(
        "100,000 events seeded and rendered / Faker called naively", 40, [a / b for a, b in pairs], note, at_least=True
    )


def lists() -> Iterator[Row]:
    """A list of 1,000 events of 100,000 against the same bytes as a constant, both through gunicorn."""
    with serving_lists() as (url, length):
        ask = over_one_connection(url)
        assert len(ask(f"/api/v1/events?{SPAN}")) == length
        yield compare(
            "list of 1,000 of 100,000 by interval / its bytes as a constant, through gunicorn",
            1.6,
            lambda: ask(f"/api/v1/events?{SPAN}"),
            lambda: ask("/constant/list"),
            times=40,
            note=f"{length:,} bytes",
        )
    boxes = invented(100_000)
    changes = boxes.get("default").page(EVENTS, {"limit": 1000}).changes
    schema, app = EventSchema(), Flask("naive")
    rendered(changes, PLAIN)

    def dumped() -> Any:
        with app.app_context():
            return jsonify([schema.dump(plain(change)) for change in changes])

    listed = caller(create_app(boxes), f"/api/v1/events?{SPAN}")
    yield faster("list of 1,000, in the process / marshmallow's dump with jsonify", 50, listed, dumped, times=10)


def plain(change: Any) -> dict[str, Any]:
    """An event as marshmallow's own dump wants it."""
    return {name: getattr(change.event, name) for name in Event.__slots__} | {"lastModifiedAt": change.stamp}


@contextmanager
def serving_lists() -> Iterator[tuple[str, int]]:
    """`mockcrm serve`'s own server with 100,000 events, and one more view that answers a list's bytes."""
    code = "from benchmarks.listserver import main; main()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        match = re.search(r"(http://[0-9.:]+) ([0-9]+)", process.stdout.readline())
        assert match
        try:
            yield match[1], int(match[2])
        finally:
            process.terminate()
            process.wait(timeout=30)


def over_one_connection(url: str) -> Callable[[str], bytes]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)

    def ask(path: str) -> bytes:
        connection.request("GET", path)
        return connection.getresponse().read()

    return ask


def scale(large: int = 1_000_000) -> Iterator[Row]:
    """Queries and writes at two sizes."""
    small, big = regular(10_000), regular(large)
    for sandbox in (small, big):
        for number in range(10):
            touch(sandbox, str(1001 + 7 * number))
    label = f"{large:,} / 10,000"

    def delta(sandbox: Sandbox) -> Callable[[], object]:
        bound = NOW + timedelta(milliseconds=1)
        return lambda: sandbox.page(EVENTS, {"since": bound})

    def interval(sandbox: Sandbox) -> Callable[[], object]:
        at = START + 5000 * HALF_HOUR
        return lambda: sandbox.page(EVENTS, {"startAt": at, "endAt": at + 14 * HALF_HOUR})

    assert len(delta(big)().changes) == 10  # type: ignore[attr-defined]
    assert len(interval(big)().changes) == 14  # type: ignore[attr-defined]
    yield compare(f"delta of 10 events, {label}", 1.25, delta(big), delta(small), times=300)
    yield compare(f"interval of 14 events, {label}", 4.0, interval(big), interval(small), times=300)
    gc.collect()
    gc.freeze()  # As `mockcrm serve` does with what it has loaded.
    slowest = max(timed_touch(big, str(1001 + number)) for number in range(5000))
    gc.unfreeze()
    yield Row(f"slowest of 5,000 writes at {large:,}, in ms", 1.0, [slowest * 1e3])
    long = regular(100_000, long_every=1000)
    short = regular(100_000)
    yield compare(
        "interval of 14, one event in 1,000 of 14 days / none", 1.5, interval(long), interval(short), times=300
    )


def wear() -> Iterator[Row]:
    """What many updates of one event leave behind."""
    fresh = regular(10_000)
    worn = regular(10_000)
    for _ in range(300_000):
        touch(worn, "1001")
    bound = worn.page(EVENTS, {}).as_of
    for sandbox in (fresh, worn):
        with sandbox.open() as state:
            state.crm.clock.set(bound)
        for number in range(10):
            touch(sandbox, str(2001 + number))
    after = bound + timedelta(microseconds=500)
    worn_rows = worn.page(EVENTS, {"since": after}).changes
    assert len(worn_rows) == 10
    yield compare(
        "delta of 10 after 300,000 updates of one event / before",
        3.0,
        lambda: worn.page(EVENTS, {"since": after}),
        lambda: fresh.page(EVENTS, {"since": after}),
        times=300,
    )


def touch(sandbox: Sandbox, event_id: str) -> None:
    with sandbox.open() as state:
        prior = state.crm.living(KINDS["event"], event_id)
        state.crm.write(Write("updated", prior.record, prior), CRM)


def timed_touch(sandbox: Sandbox, event_id: str) -> float:
    begin = time.perf_counter()
    touch(sandbox, event_id)
    return time.perf_counter() - begin


def memory() -> Iterator[Row]:
    """Bytes an event, all indexes and the log included, against the same events as dicts."""
    size = 20_000

    def kept(make: Callable[[], object]) -> float:
        gc.collect()
        tracemalloc.start()
        held = make()
        gc.collect()
        used = tracemalloc.get_traced_memory()[0] / size
        tracemalloc.stop()
        del held
        return used

    invented(10)
    source = invented(size).get("default").page(EVENTS, {}).changes
    data = [orjson.dumps(shown_record(change)) for change in source]
    theirs = kept(lambda: [orjson.loads(each) for each in data])
    ours = kept(lambda: invented(size))
    with_bytes = kept(lambda: shown(size))
    yield Row(
        "memory of an event / as a dict",
        0.5,
        [ours / theirs],
        f"{ours:,.0f} bytes against {theirs:,.0f}; {with_bytes:,.0f} once rendered",
    )


def shown(size: int) -> object:
    boxes = invented(size)
    rendered(boxes.get("default").page(EVENTS, {}).changes, PLAIN)
    return boxes


def week() -> Iterator[Row]:
    """What a page asks for: the events of a week of a quarter that has 10,000."""
    app = create_app()
    crm = connect(app)
    crm.seed(10_000, seed=1, from_="2026-01-01T00:00:00Z", to="2026-04-01T00:00:00Z")
    of = "startAt=2026-03-02T00:00:00Z&endAt=2026-03-09T00:00:00Z"
    call_app(app, "GET", "/api/v1/events?limit=1000", {}, b"")
    for path in ("/admin/events", "/admin/audit/events"):
        get = caller(app, f"{path}?{of}")
        taken = [seconds(get, 5) * 1e3 for _ in range(PAIRS)]
        yield Row(f"`{path}` of a week of a quarter with 10,000 events, in ms", 100.0, taken)


def first_answer() -> Iterator[Row]:
    """From the start of the process to the first answer, against an empty Flask application on the same server."""
    ours = [sys.executable, "-m", "mockcrm", "serve", "--port", "0", "--count", "0"]
    theirs = [sys.executable, "-c", "from benchmarks.emptyserver import main; main()"]
    yield compare(
        "start of `mockcrm serve --count 0` to its first answer / an empty Flask app",
        1.3,
        lambda: start(ours, "/health"),
        lambda: start(theirs, "/"),
    )


def start(command: list[str], path: str) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        match = re.search(r"http://[0-9.:]+", process.stdout.readline())
        assert match
        over_one_connection(match[0])(path)
        process.kill()


def followed(pages: int = 50, counted: float = 3.0) -> Iterator[Row]:
    """What pages cost that follow a busy server: how many lists it answers a second with them, and without.

    Of each pair, one is measured right after the other. The processor time that the pages take, beyond that of the
    lists, depends less on what else the machine does.
    """
    command = [sys.executable, "-m", "mockcrm", "serve", "--port", "0", "--count", "40"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        match = re.search(r"http://[0-9.:]+", process.stdout.readline())
        assert match
        ask = over_one_connection(match[0])
        with followers(match[0], pages):
            # Their first audits are made at once, later ones take their share of the time.
            answered(ask, counted, process.pid)
        pairs = []
        for _ in range(PAIRS):
            alone = answered(ask, counted, process.pid)
            with followers(match[0], pages):
                pairs.append((answered(ask, counted, process.pid), alone))
        process.terminate()
    mine, theirs = (statistics.median(each.rate for each in side) for side in zip(*pairs, strict=True))
    yield Row(
        f"lists of 40 a second beside {pages} pages that follow / alone, through gunicorn",
        0.9,
        [beside.rate / alone.rate for beside, alone in pairs],
        f"{mine:,.0f} against {theirs:,.0f}",
        at_least=True,
    )
    each = statistics.median(alone.cpu / alone.rate for _, alone in pairs)
    yield Row(
        f"processor time that {pages} pages take of that server, as a part of one core",
        0.1,
        [beside.cpu - beside.rate * alone.cpu / alone.rate for beside, alone in pairs],
        f"a list takes {each * 1e6:,.0f} µs",
    )


@contextmanager
def followers(url: str, pages: int) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.followers", url, str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        # Each asks for the first time, for all there is, within two seconds.
        time.sleep(2.5)
        yield
        process.kill()


class Answered(NamedTuple):
    """How many lists a server answers in a second, and how many seconds of a processor it takes in that."""

    rate: float
    cpu: float


def answered(ask: Callable[[str], bytes], counted: float, pid: int) -> Answered:
    """Ask for lists, one after the other, of the server that this process is, or that it has started."""
    begin, before, lists = time.perf_counter(), processor_time(pid), 0
    while time.perf_counter() - begin < counted:
        ask("/api/v1/events?limit=40")
        lists += 1
    passed = time.perf_counter() - begin
    return Answered(lists / passed, (processor_time(pid) - before) / passed)


def processor_time(pid: int) -> float:
    """The seconds that a process and those that it has started have had of a processor (Linux)."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") + sum(processor_time(int(child)) for child in children)


CASES: dict[str, Callable[[], Iterator[Row]]] = {
    "process": in_the_process,
    "lists": lists,
    "scale": scale,
    "wear": wear,
    "seeding": seeding,
    "memory": memory,
    "starting": starting,
    "week": week,
    "first": first_answer,
    "firsttest": sessions,
    "followed": followed,
}
