"""Other servers beside mockcrm: their start, a list of 1,000, one item, one write, and what has not changed.

They are installed into `.peers/` at the root, which git ignores, and never into mockcrm's own environment. In each
round every server is started, asked and stopped in turn, so that only one of them runs at a time.
"""

import http.client
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.calls import Call
from benchmarks.measure import PAIRS, seconds

ROOT = Path(__file__).parent.parent
NODE = ROOT / ".peers" / "node"
PYTHON = ROOT / ".peers" / "python"
BIN = PYTHON / "bin"
JSON_SERVER, MOCKOON, MOTO, RADICALE, HTTPSERVER = "0.17.4", "9.9.0", "5.2.5", "3.9.0", "1.2.0"
OF_NODE = ("json-server", "Mockoon")
"""How the names of those begin that run on Node."""

COLUMNS = ("start", "list of 1,000", "one item", "one write", "empty delta")
HEAD = f"| server | {' | '.join(COLUMNS)} |\n{'|---' * (len(COLUMNS) + 1)}|\n"
DASH = "\N{EN DASH}"
EVENTS = 1000
LISTS, ITEMS = 10, 50
"""How many requests one measure is the average of, after two more that are not timed."""
READY = 60.0

Figures = tuple[float | None, ...]


@dataclass(frozen=True)
class Peer:
    """How a server is started, and asked for the same things as the others.

    `mark` stands in a list once for each event. `fill` puts the events in, after each start, or once for all where the
    server `keeps` them. `delta` makes, of a list, the question for what has changed since; nothing has.
    """

    name: str
    command: Callable[[int], list[str]]
    listing: Call
    item: Call
    writes: tuple[Call, Call]
    delta: Callable[[bytes], Call] | None
    mark: bytes = b"startTime"
    fill: tuple[Call, ...] = ()
    keeps: bool = False


def lines() -> Iterator[str]:
    """The table, line by line."""
    python = installed_python()
    node = installed_node()
    with TemporaryDirectory() as folder:
        ours, *peers = everybody(Path(folder))
        there = [peer for peer in peers if (node if peer.name.startswith(OF_NODE) else python)]
        for peer in there:
            if peer.keeps:
                with running(peer) as connection:
                    fill(peer, connection)
        rounds = [[figures(peer) for peer in (ours, *there)] for _ in range(PAIRS)]
    mine, *theirs = ([*zip(*each, strict=True)] for each in zip(*rounds, strict=True))
    yield row(ours.name, [took(measures) for measures in mine])
    for peer in peers:
        if peer in there:
            yield row(peer.name, [*map(cell, mine, theirs[there.index(peer)])])
        else:
            yield row(peer.name, ["not installed"] + [DASH] * (len(COLUMNS) - 1))


def installed_node() -> bool:
    """Whether the peers that are written in JavaScript are there."""
    return installed(
        NODE,
        [
            *("npm", "install", "--silent", "--no-audit", "--no-fund", "--no-save"),
            *("--prefix", str(NODE), f"json-server@{JSON_SERVER}", f"@mockoon/cli@{MOCKOON}"),
        ],
    )


def installed_python() -> bool:
    """Whether the peers that are written in Python are there, and mockcrm and pytest beside them."""
    return installed(
        PYTHON,
        [sys.executable, "-m", "venv", str(PYTHON)],
        [
            *(str(BIN / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"),
            *("--constraint", str(ROOT / "constraints.txt"), "--editable", str(ROOT), "pytest"),
            *(f"moto[server]=={MOTO}", f"radicale=={RADICALE}", f"pytest-httpserver=={HTTPSERVER}"),
        ],
    )


def installed(folder: Path, *commands: list[str]) -> bool:
    """Whether the commands have filled the folder, now or, being the same, before."""
    stamp = folder / "installed.json"
    wanted = json.dumps(commands)
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        for command in commands:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    stamp.write_text(wanted)
    return True


def row(name: str, cells: list[str]) -> str:
    return f"| {' | '.join([name, *cells])} |\n"


def took(measures: Figures) -> str:
    median = statistics.median(filter(None, measures))
    return f"{median * 1e3:,.0f} ms" if median >= 0.01 else f"{median * 1e6:,.0f} µs"


def cell(mine: Figures, theirs: Figures) -> str:
    """How many times mockcrm's time in the same round, and the time itself."""
    ratios = [their / our for our, their in zip(mine, theirs, strict=True) if our and their]
    if not ratios:
        return DASH
    median, least, most = (
        f"{each:,.2f}" if each < 10 else f"{each:,.0f}"
        for each in (statistics.median(ratios), min(ratios), max(ratios))
    )
    return f"{median} ({least}{DASH}{most}), {took(theirs)}"


def figures(peer: Peer) -> Figures:
    """One round of one server, in the order of the columns."""
    begin = time.perf_counter()
    with running(peer) as connection:
        start = time.perf_counter() - begin
        if not peer.keeps:
            fill(peer, connection)
        bodies = cycle(peer.writes)
        write = timed(lambda: ask(connection, next(bodies)), ITEMS)
        item = timed(lambda: ask(connection, peer.item), ITEMS)
        listing = timed(lambda: ask(connection, peer.listing), LISTS)
        listed = ask(connection, peer.listing)
        assert listed.count(peer.mark) == EVENTS
        if not peer.delta:
            return start, listing, item, write, None
        since = peer.delta(listed)
        assert peer.mark not in ask(connection, since)
        return start, listing, item, write, timed(lambda: ask(connection, since), LISTS)


def timed(work: Callable[[], object], times: int) -> float:
    work()
    work()
    return seconds(work, times)


@contextmanager
def running(peer: Peer) -> Iterator[http.client.HTTPConnection]:
    """A connection to the server, which has just given its first answer; both end with the block."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY)
    with subprocess.Popen(peer.command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until_answered(connection, peer.item, process)
            yield connection
        finally:
            connection.close()
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def until_answered(connection: http.client.HTTPConnection, call: Call, process: "subprocess.Popen[bytes]") -> None:
    """Ask until there is an answer, be it a refusal: moto has no table yet."""
    deadline = time.monotonic() + READY
    while process.poll() is None and time.monotonic() < deadline:
        try:
            connection.request(call.method, call.path, call.body, call.headers)
            connection.getresponse().read()
        except ConnectionError:
            time.sleep(0.002)
        else:
            return
        finally:
            connection.close()  # One that was made before the server was ready is not like those made later.
    raise TimeoutError(f"No answer from {process.args!r}.")


def ask(connection: http.client.HTTPConnection, call: Call) -> bytes:
    """An answer, which must be a good one. Where the server has closed the connection, this opens another."""
    connection.request(call.method, call.path, call.body, call.headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status < 300, body
    return body


def fill(peer: Peer, connection: http.client.HTTPConnection) -> None:
    for call in peer.fill:
        ask(connection, call)


def invented() -> dict[str, Any]:
    """A list of the events that mockcrm invents."""
    nobody = Call("GET", "/api/v1/events?limit=1000")
    first = mockcrm(nobody, (nobody, nobody))
    with running(first) as connection:
        listed: dict[str, Any] = json.loads(ask(connection, first.listing))
    return listed


def everybody(folder: Path) -> list[Peer]:
    """mockcrm, and the others with the events that mockcrm invents."""
    listed = invented()
    events: list[dict[str, Any]] = listed["records"]
    one = sorted(events, key=lambda event: len(json.dumps(event)))[EVENTS // 2]
    other = one | {"subject": f"{one['subject']}, again"}
    path = f"/events/{one['id']}"
    file = folder / "events.json"
    file.write_text(json.dumps({"events": events}))
    return [
        mockcrm(Call("GET", f"/api/v1{path}"), (put(f"/api/v1{path}", one), put(f"/api/v1{path}", other))),
        Peer(
            f"json-server {JSON_SERVER}",
            lambda port: [
                str(NODE / "node_modules" / ".bin" / "json-server"),
                *("--host", "127.0.0.1", "--port", str(port), "--quiet", str(file)),
            ],
            Call("GET", "/events"),
            Call("GET", path),
            (put(path, one), put(path, other)),
            lambda _: Call("GET", f"/events?lastModifiedAt_gte={listed['asOf']}"),
        ),
        mockoon(folder, events, (put(path, one), put(path, other)), listed["asOf"]),
        moto(events, one, other, listed["asOf"]),
        radicale(folder, events, one, other),
        Peer(
            f"pytest-httpserver {HTTPSERVER}",
            lambda port: [
                str(BIN / "python"),
                *(str(ROOT / "benchmarks" / "cannedserver.py"), str(port), str(file), one["id"]),
            ],
            Call("GET", "/events"),
            Call("GET", path),
            (put(path, one), put(path, other)),
            None,
        ),
    ]


def put(path: str, event: dict[str, Any]) -> Call:
    return Call("PUT", path, json.dumps(event).encode(), {"Content-Type": "application/json"})


def mockcrm(item: Call, writes: tuple[Call, Call]) -> Peer:
    def since(listed: bytes) -> Call:
        return Call("GET", f"/api/v1/events?since={json.loads(listed)['asOf']}")

    serve = [sys.executable, "-m", "mockcrm", "serve", "--seed", "1", "--count", str(EVENTS)]
    return Peer(
        "mockcrm",
        lambda port: [*serve, "--port", str(port)],
        Call("GET", "/api/v1/events?limit=1000"),
        item,
        writes,
        since,
    )


def mockoon(folder: Path, events: list[dict[str, Any]], writes: tuple[Call, Call], since: str) -> Peer:
    """A data bucket behind a CRUD route, the nearest that Mockoon has to a store of records."""
    file = folder / "mockoon.json"
    answer = {
        "uuid": _uuid(1),
        "statusCode": 200,
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "bodyType": "DATABUCKET",
        "databucketID": "evts",
        "default": True,
        "crudKey": "id",
    }
    route = {"uuid": _uuid(2), "type": "crud", "endpoint": "events", "responses": [answer]}
    world = {
        "uuid": _uuid(3),
        "name": "bench",
        "routes": [route],
        "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
        "data": [{"uuid": _uuid(4), "id": "evts", "name": "events", "value": json.dumps(events)}],
    }
    file.write_text(json.dumps(world))
    serve = [str(NODE / "node_modules" / ".bin" / "mockoon-cli"), "start", "--data", str(file)]
    quiet = ["--hostname", "127.0.0.1", "--disable-log-to-file", "--disable-admin-api"]
    return Peer(
        f"Mockoon {MOCKOON}",
        lambda port: [*serve, "--repair", *quiet, "--port", str(port)],
        Call("GET", "/events"),
        Call("GET", writes[0].path),
        writes,
        lambda _: Call("GET", f"/events?lastModifiedAt_gte={since}"),
    )


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def moto(events: list[dict[str, Any]], one: dict[str, Any], other: dict[str, Any], since: str) -> Peer:
    """DynamoDB, whose Scan lists 1 MB at a time. An event is one string: as a tree it takes moto ten times as long."""

    def call(verb: str, **body: Any) -> Call:
        scope = "Credential=bench/20260105/us-east-1/dynamodb/aws4_request"
        headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{verb}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        }
        return Call("POST", "/", json.dumps(body).encode(), headers)

    def item(event: dict[str, Any]) -> dict[str, Any]:
        values = {"id": event["id"], "lastModifiedAt": event["lastModifiedAt"], "event": json.dumps(event)}
        return {name: {"S": value} for name, value in values.items()}

    table = call(
        "CreateTable",
        TableName="events",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    batches = (events[begin : begin + 25] for begin in range(0, EVENTS, 25))
    puts = ([{"PutRequest": {"Item": item(event)}} for event in batch] for batch in batches)
    changed = call(
        "Scan",
        TableName="events",
        FilterExpression="lastModifiedAt >= :since",
        ExpressionAttributeValues={":since": {"S": since}},
    )
    return Peer(
        f"moto {MOTO}, DynamoDB",
        lambda port: [str(BIN / "moto_server"), "--host", "127.0.0.1", "--port", str(port)],
        call("Scan", TableName="events"),
        call("GetItem", TableName="events", Key={"id": {"S": one["id"]}}),
        (call("PutItem", TableName="events", Item=item(one)), call("PutItem", TableName="events", Item=item(other))),
        lambda _: changed,
        fill=(table, *(call("BatchWriteItem", RequestItems={"events": each}) for each in puts)),
    )


def radicale(folder: Path, events: list[dict[str, Any]], one: dict[str, Any], other: dict[str, Any]) -> Peer:
    """CalDAV, as a client asks that wants the events themselves along with their tags."""
    calendar = "/bench/calendar/"
    headers = {"Authorization": "Basic YmVuY2g6", "Content-Type": "text/calendar"}

    def store(path: str, *stored: dict[str, Any]) -> Call:
        return Call("PUT", path, ics(*stored), headers)

    def report(token: str = "") -> Call:
        body = (
            '<sync-collection xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
            f"<sync-token>{token}</sync-token><sync-level>1</sync-level>"
            "<prop><getetag/><C:calendar-data/></prop></sync-collection>"
        )
        return Call("REPORT", calendar, body.encode(), headers | {"Content-Type": "text/xml"})

    def since(listed: bytes) -> Call:
        token = re.search(r"<sync-token>([^<]+)<", listed.decode())
        assert token
        return report(token[1])

    path = f"{calendar}{one['id']}.ics"
    options = ["--config", "", "--auth-type", "none", "--storage-filesystem-folder", str(folder / "radicale")]
    return Peer(
        f"Radicale {RADICALE}",
        lambda port: [str(BIN / "python"), "-m", "radicale", *options, "--server-hosts", f"127.0.0.1:{port}"],
        report(),
        Call("GET", path, headers=headers),
        (store(path, one), store(path, other)),
        since,
        mark=b"BEGIN:VEVENT",
        fill=(store(calendar, *events),),
        keeps=True,
    )


def ics(*events: dict[str, Any]) -> bytes:
    """The same events as a calendar."""

    def at(instant: str) -> str:
        return re.sub(r"[-:]|\.\d+", "", instant)

    def text(value: str | None) -> str:
        return re.sub(r"([\\,;])", r"\\\1", value or "").replace("\n", r"\n")

    rows = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//mockcrm//benchmarks//EN"]
    for event in events:
        rows += [
            "BEGIN:VEVENT",
            f"UID:{event['id']}",
            f"DTSTAMP:{at(event['lastModifiedAt'])}",
            f"DTSTART:{at(event['startTime'])}",
            f"DTEND:{at(event['endTime'])}",
            f"SUMMARY:{text(event['subject'])}",
            f"DESCRIPTION:{text(event['description'])}",
            f"LOCATION:{text(event['location'])}",
            f"CLASS:{'PRIVATE' if event['private'] else 'PUBLIC'}",
        ]
        for guest in event["attendees"]:
            status = "NEEDS-ACTION" if guest["status"] == "NeedsAction" else guest["status"].upper()
            who = f"X-USER={guest['userId']};X-CONTACT={guest['contactId']}"
            rows.append(f"ATTENDEE;PARTSTAT={status};{who}:mailto:{guest['emailAddress']}")
        rows += [f"X-RELATED;X-TYPE={each['type']}:{each['id']} {text(each['name'])}" for each in event["relatedTo"]]
        rows.append("END:VEVENT")
    return "\r\n".join([*rows, "END:VCALENDAR", ""]).encode()
