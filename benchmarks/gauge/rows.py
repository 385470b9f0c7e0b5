"""The rows: one for each hot path, measured as any revision can be: by HTTP within the process, by the command line."""

import gc
import json
import os
import re
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPConnection
from itertools import count, cycle, islice
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask

import mockcrm
from benchmarks.floors import caller, plain_flask
from benchmarks.gauge.comparison import Reading
from benchmarks.gauge.written import bodies

Work = Callable[[], object]
Measured = Callable[[], Reading]
BATCHES = 16
"""How many batches of work one reading is the least of, in turn with its floor."""
EVENTS = 10_000
"""How many events are invented, for a row that is about inventing."""
READ = 2_000
"""How many there are to read: some 75 in a week."""
AT_ONCE = 1_000
"""How many actions a list may have."""
NOW, LATER = "2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z"
SPAN = {"from": "2025-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}
WEEK = urlencode({"startAt": "2026-01-05T00:00:00Z", "endAt": "2026-01-12T00:00:00Z"})
EVENT = {
    "subject": "Demo",
    "startTime": "2026-01-06T09:00:00Z",
    "endTime": "2026-01-06T10:00:00Z",
    "attendees": [{"emailAddress": "ann@acme.example", "status": "Accepted"}],
}
CONTACT = {"firstName": "Ann", "lastName": "Baker", "emailAddress": "ann@acme.example", "phone": "+49 30 1234"}
FLASK = "from flask import Flask; Flask('empty')"
APP = "from mockcrm import create_app; create_app()"
MODULES = "import sys; print(len(sys.modules))"


@dataclass(frozen=True)
class Row:
    """What is compared with which floor, and `begin`, which sets it up and returns what takes a reading of it.

    `reads` readings are taken of each process; one process is enough for a row that is read `once`: it is exact.
    """

    what: str
    begin: Callable[[], Measured]
    reads: int = 3
    once: bool = False


def timed(
    work: Work, floor: Work, prepare: Work = lambda: None, *, batches: int | None = None, beside: int = 1
) -> Measured:
    """Readings of processor time: the least that the work takes, and its floor, of some batches in turn.

    What else the machine does only ever adds to the time, so the least says most; the more so the shorter a batch is:
    one to two milliseconds often pass without a disturbance. Beside longer work the floor is measured more than once.
    """

    def read() -> Reading:
        works, floors = [], []
        for _ in range(min(batches or BATCHES, BATCHES)):
            prepare()
            floors += [processor_time(floor) for _ in range(beside)]
            works.append(processor_time(work))
            floors += [processor_time(floor) for _ in range(beside)]
        return Reading(min(works), min(floors))

    return read


def processor_time(work: Work) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def repeated(call: Work, times: int) -> Work:
    def batch() -> None:
        for _ in range(times):
            call()

    return batch


def sending(app: Flask, method: str, path: str, body: Any = None) -> Callable[[], bytes]:
    return caller(app, path, b"" if body is None else json.dumps(body).encode(), method)


def empty() -> Flask:
    """A CRM whose clock stands."""
    app = mockcrm.create_app()
    sending(app, "PUT", "/admin/clock", {"now": NOW, "mode": "frozen"})()
    return app


def filled(events: int) -> Flask:
    """A CRM with so many events, and nothing beside them."""
    app = empty()
    actions = ({"create": {"set": each}} for each in bodies(events, datetime(2025, 10, 6, tzinfo=UTC), 182))
    while some := [*islice(actions, AT_ONCE)]:
        sending(app, "POST", "/admin/actions", some)()
    return app


def seeded(events: int) -> Flask:
    """A CRM with so many invented events. Later revisions invent their people and companies as well."""
    app = empty()
    sending(app, "POST", "/admin/seed", {"count": events, "seed": 1, **SPAN})()
    return app


def records(app: Flask) -> int:
    """How many records of all kinds a CRM has in which nothing but seeding has happened."""
    return int(json.loads(sending(app, "GET", "/admin/changes?limit=1")())["lastSeq"])


def kept_by_a_reset(app: Flask) -> Flask:
    """The same CRM: a restored snapshot is what a reset leads back to, created events are not."""
    caller(app, "/admin/snapshot", sending(app, "GET", "/admin/snapshot")(), "PUT")()
    return app


@cache
def large() -> Flask:
    """The CRM that is read and never written, after ten changes that a delta finds: their instant is `LATER`."""
    app = filled(READ)
    sending(app, "PUT", "/admin/clock", {"now": LATER, "mode": "frozen"})()
    for event_id in some_ids(app, 10):
        sending(app, "PATCH", f"/api/v1/events/{event_id}", {"subject": "Moved"})()
    return app


def some_ids(app: Flask, number: int) -> list[str]:
    listed = json.loads(sending(app, "GET", f"/api/v1/events?limit={number}")())
    return [each["id"] for each in listed["records"]]


def render(app: Flask) -> list[Any]:
    """All events, page by page."""
    token, records = None, []
    while True:
        asked = urlencode({"limit": 1000} | ({"pageToken": token} if token else {}))
        page = json.loads(sending(app, "GET", f"/api/v1/events?{asked}")())
        records += page["records"]
        if not (token := page.get("nextPageToken")):
            return records


# Floors.


def constant(body: bytes = b"{}") -> Callable[[], bytes]:
    return caller(plain_flask(body), "/constant/1005")


def echo(body: Any = EVENT) -> Callable[[], bytes]:
    return caller(plain_flask(b""), "/echo", json.dumps(body).encode())


def plain_python() -> None:
    """Some 2 ms of what programs do in Python: make dictionaries, texts and lists, sort them, write them as JSON."""
    made = [
        {"id": str(number), "name": f"{number * 7919 % 1009:04}", "with": [{"n": each} for each in range(4)]}
        for number in range(300)
    ]
    made.sort(key=lambda each: str(each["name"]))
    json.loads(json.dumps(made))


# What is asked within the process.


def reading(path: str, times: int, expected: int | None = None) -> Callable[[], Measured]:
    """A GET of the large CRM beside a constant of the same bytes; the answer must have so many records."""

    def begin() -> Measured:
        get = sending(large(), "GET", path.format(*some_ids(large(), 1)))
        body = get()
        if expected is not None and (length := len(json.loads(body)["records"])) != expected:
            raise ValueError(f"{length} records, not {expected}, for {path}")
        return timed(repeated(get, times), repeated(constant(body), times))

    return begin


def creating(path: str, body: Any) -> Callable[[], Measured]:
    def begin() -> Measured:
        return timed(repeated(sending(filled(1000), "POST", path, body), 5), repeated(echo(body), 5))

    return begin


def patching() -> Measured:
    app = filled(1000)
    calls = cycle(
        sending(app, "PATCH", f"/api/v1/events/{event_id}", {"subject": subject})
        for subject in ("Left", "Right")
        for event_id in some_ids(app, 50)
    )
    return timed(lambda: run(islice(calls, 5)), repeated(echo(), 5))


def deleting() -> Measured:
    app = filled(1000)
    create = sending(app, "POST", "/api/v1/events", EVENT)
    calls: list[Work] = []

    def prepare() -> None:
        ids = [json.loads(create())["id"] for _ in range(8)]
        calls[:] = [sending(app, "DELETE", f"/api/v1/events/{event_id}") for event_id in ids]

    return timed(lambda: run(calls), repeated(constant(), 8), prepare)


def run(calls: Iterable[Work]) -> None:
    for call in calls:
        call()


def seeding() -> Measured:
    """What 10,000 records take that are invented, events and what they need, with all events listed."""
    render(seeded(10))
    made = records(seeded(EVENTS))
    read = timed(lambda: render(seeded(EVENTS)), plain_python, batches=2, beside=10)
    return lambda: each_of(made, read())


def each_of(made: int, taken: Reading) -> Reading:
    """What `EVENTS` records take, if so many were made."""
    return Reading(taken.work * EVENTS / made, taken.floor)


def saving() -> Measured:
    return timed(sending(filled(200), "GET", "/admin/snapshot"), plain_python)


def restoring() -> Measured:
    app = filled(50)
    saved = sending(app, "GET", "/admin/snapshot")()
    return timed(caller(app, "/admin/snapshot", saved, "PUT"), plain_python, batches=5, beside=3)


def resetting() -> Measured:
    reset = sending(kept_by_a_reset(filled(1000)), "POST", "/admin/reset", {})
    return timed(repeated(reset, 5), repeated(constant(), 15))


def forking() -> Measured:
    app = filled(1000)
    numbers = count()

    def fork() -> None:
        name = f"fork{next(numbers)}"
        sending(app, "POST", "/admin/sandboxes", {"name": name, "from": "default"})()
        sending(app, "DELETE", f"/admin/sandboxes/{name}")()

    return timed(repeated(fork, 2), repeated(constant(), 12))


def visited() -> tuple[Flask, Work]:
    """A CRM, and 100 requests of a client who reads and writes."""
    app = kept_by_a_reset(filled(1000))
    ids = some_ids(app, 20)
    calls = [
        *(sending(app, "GET", f"/api/v1/events/{event_id}") for event_id in ids),
        *(sending(app, "PATCH", f"/api/v1/events/{event_id}", {"subject": "Moved"}) for event_id in ids),
        *(sending(app, "POST", "/api/v1/events", EVENT) for _ in range(10)),
    ]
    listing = sending(app, "GET", "/api/v1/events?since=2026-01-01T00:00:00Z&limit=100")

    def visit() -> None:
        for call in calls:
            call()
            listing()

    return app, visit


def auditing() -> Measured:
    """An audit that has 100 requests to look at."""
    app, visit = visited()
    reset, audit = sending(app, "POST", "/admin/reset", {}), sending(app, "GET", "/admin/audit")

    def prepare() -> None:
        reset()
        visit()

    return timed(audit, repeated(constant(), 20), prepare, batches=2)


def following() -> Measured:
    """The feed for a page that has all there is, and for one that has nothing yet."""
    app, visit = visited()
    visit()
    number = json.loads(sending(app, "GET", "/admin/feed")())["number"]
    idle, whole = sending(app, "GET", f"/admin/feed?after={number}"), sending(app, "GET", "/admin/feed")
    return timed(repeated(lambda: (idle(), whole()), 2), repeated(constant(), 10))


def searching() -> Measured:
    app, visit = visited()
    run([visit] * 10)
    find = sending(app, "POST", "/admin/requests/count", {"operation": "updateEvent", "status": 200})
    if json.loads(find())["count"] != 200:
        raise ValueError("The journal does not find the 200 updates of 1,000 requests.")
    return timed(repeated(find, 2), repeated(constant(), 20))


def controlling() -> Measured:
    return timed(repeated(mockcrm.connect(filled(10)).clock.now, 10), repeated(constant(), 10))


# Processes, and what they hold.


def processes(command: list[str], *, served: bool = False) -> Callable[[], Measured]:
    """The processor time of a process and of those it starts, against one that makes an empty Flask application.

    What is `served` is asked once, and then ended.
    """

    def begin() -> Measured:
        return lambda: Reading(process_time(command, served=served), process_time(["-c", FLASK]))

    return begin


def process_time(command: list[str], *, served: bool = False) -> float:
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        if served:
            ask(process.stdout.readline())
            process.terminate()
        else:
            process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ValueError(f"{' '.join(command)} ended with status {process.returncode}.")
    return used.ru_utime + used.ru_stime


def ask(said: str) -> None:
    address = re.search(r"http://[0-9.:]+", said)
    if not address:
        raise ValueError(f"No address in {said!r}.")
    connection = HTTPConnection(urlsplit(address[0]).netloc, timeout=60)
    connection.request("GET", "/health")
    connection.getresponse().read()
    connection.close()


def modules() -> Measured:
    """How many modules an application loads, as a multiple of those of an empty one."""
    return lambda: Reading(number_from(f"{APP}; {MODULES}"), number_from(f"{FLASK}; {MODULES}"))


def number_from(code: str) -> float:
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout)


def memory() -> Measured:
    """What 10,000 invented records weigh, with all that is kept of events that were listed once.

    The floor are 10,000 events as dictionaries.
    """
    render(seeded(10))

    def with_events() -> Flask:
        app = seeded(EVENTS)
        render(app)
        return app

    app = with_events()
    made, shown = records(app), json.dumps(render(app))
    return lambda: each_of(made, Reading(kept(with_events), kept(lambda: json.loads(shown))))


def kept(make: Callable[[], object]) -> float:
    gc.collect()
    tracemalloc.start()
    held = make()
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del held
    return float(used)


SERVE = ["-m", "mockcrm", "serve", "--port", "0", "--count", "0"]
ROWS = {
    "get": Row("GET by id / constant", reading("/api/v1/events/{}", 10)),
    "list": Row("list of 100 / constant", reading("/api/v1/events?limit=100", 4, 100)),
    "week": Row("list of a week / constant", reading(f"/api/v1/events?{WEEK}&limit=1000", 4)),
    "delta": Row("delta of 10 / constant", reading(f"/api/v1/events?since={LATER}", 6, 10)),
    "post": Row("POST / echo", creating("/api/v1/events", EVENT)),
    "contact": Row("POST of a contact / echo", creating("/api/v1/contacts", CONTACT)),
    "patch": Row("PATCH / echo", patching),
    "delete": Row("DELETE / constant", deleting),
    "seed": Row("10,000 records seeded, events listed / plain Python", seeding, reads=1),
    "snapshot": Row("snapshot of 200 events / plain Python", saving),
    "restore": Row("restore of 50 events / plain Python", restoring),
    "reset": Row("reset to 1,000 events / 3 constants", resetting),
    "fork": Row("fork of 1,000 events, deleted again / 6 constants", forking),
    "audit": Row("audit of 100 requests / 20 constants", auditing),
    "feed": Row("feed, without and with news / 5 constants", following),
    "journal": Row("search of 1,000 requests / 10 constants", searching),
    "client": Row("call of the control client / constant", controlling),
    "start": Row("create_app() in a new process / Flask", processes(["-c", APP]), reads=1),
    "serve": Row("mockcrm serve to its first answer / Flask", processes(SERVE, served=True), reads=1),
    "help": Row("mockcrm --help / Flask", processes(["-m", "mockcrm", "--help"]), reads=1),
    "modules": Row("modules of create_app() / of Flask", modules, reads=1, once=True),
    "memory": Row("memory of 10,000 seeded records / events as dictionaries", memory, reads=1, once=True),
}
