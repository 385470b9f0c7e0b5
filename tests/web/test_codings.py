"""Bodies with a Content-Encoding: decoded within bounds, or refused with what would do instead."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from mockcrm import create_app
from mockcrm.base.wsgi import call_app
from mockcrm.web.replay import replay
from tests.faults.faulting import add_fault, last
from tests.refusals import refused
from tests.samples import TIMES
from tests.served import BOTH, Crm, error

MEBIBYTE = 1024 * 1024
JSON = {"Content-Type": "application/json"}
EVENT = json.dumps({**TIMES, "subject": "Kickoff — encoded"}).encode()


def raw_deflate(data: bytes) -> bytes:
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return encoder.compress(data) + encoder.flush()


CODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("identity", bytes),
    ("", bytes),
    (", identity,", bytes),
    ("gzip, deflate", lambda data: zlib.compress(gzip.compress(data, mtime=0))),
    ("deflate,identity , gzip", lambda data: gzip.compress(zlib.compress(data))),
    ("gzip,gzip,gzip,gzip", lambda data: gzip.compress(gzip.compress(gzip.compress(gzip.compress(data, mtime=0))))),
]


def coded(coding: str) -> dict[str, str]:
    return {**JSON, "Content-Encoding": coding}


# What is decoded


@BOTH
@pytest.mark.parametrize(("coding", "encode"), CODINGS)
def test_an_encoded_body_is_what_it_was_before(crm: Crm, coding: str, encode: Callable[[bytes], bytes]) -> None:
    for send in (crm.api, crm.admin):
        answer = send("POST", "/events", content=encode(EVENT), headers=coded(coding))
        assert (answer.status_code, answer.json()["subject"]) == (201, "Kickoff — encoded")
    assert last(crm)["body"] == json.loads(EVENT)
    assert last(crm)["headers"].get("Content-Encoding", "") == coding.strip()


@BOTH
def test_an_encoded_body_may_come_in_pieces(crm: Crm) -> None:
    encoded = gzip.compress(EVENT, mtime=0)
    assert (
        crm.api("POST", "/events", content=iter([encoded[:9], encoded[9:]]), headers=coded("gzip")).status_code == 201
    )
    assert last(crm)["body"] == json.loads(EVENT)


def test_a_coding_without_a_body_matters_to_nobody(crm: Crm) -> None:
    for coding in ("gzip", "br"):
        assert crm.api("GET", "/events", headers={"Content-Encoding": coding}).status_code == 200
        assert crm.admin("POST", "/seed", headers={"Content-Encoding": coding}).status_code == 200
        refused(crm, 400, "body.malformed", "POST", "/events", headers=coded(coding))


def test_a_matcher_looks_into_an_encoded_body(crm: Crm) -> None:
    add_fault(crm, {"status": 503}, {"body": {"subject": "Kickoff — encoded"}}, times=1)
    statuses = [
        crm.api("POST", "/events", content=gzip.compress(EVENT, mtime=0), headers=coded("gzip")).status_code
        for _ in range(2)
    ]
    assert statuses == [503, 201]


# What is refused


@BOTH
@pytest.mark.parametrize(
    ("coding", "named"),
    [
        ("br", "'br'"),
        ("zstd", "'zstd'"),
        ("compress", "'compress'"),
        ("gzip, br", "'br'"),
        ("gzip;q=1", "'gzip;q=1'"),
        ("utf-8", "'utf-8'"),
        (b"\x80x", "\ufffdx"),
        ("x" * 4000, f"'{'x' * 40}…'"),
        (",".join(["gzip"] * 5), "at most 4"),
    ],
)
def test_any_other_coding_is_refused_by_its_name(crm: Crm, coding: Any, named: str) -> None:
    for send in (crm.api, crm.admin):
        before = crm.everything()
        answer = send(
            "POST", "/events", content=gzip.compress(EVENT, mtime=0), headers={**JSON, "Content-Encoding": coding}
        )
        error(answer, 415, "body.encodingUnsupported")
        assert answer.headers["Accept-Encoding"] == "gzip, deflate"
        assert named in answer.json()["message"]
        assert len(answer.json()["message"]) < 200
        assert crm.everything() == before
    assert (last(crm)["code"], last(crm)["body"]) == ("body.encodingUnsupported", None)


PLAIN, ZLIB, RAW = gzip.compress(EVENT, mtime=0), zlib.compress(EVENT), raw_deflate(EVENT)


@BOTH
@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", EVENT),
        ("gzip", b"\x1f"),
        ("gzip", PLAIN[:-1]),
        ("gzip", PLAIN[:20]),
        ("gzip", PLAIN + b"x"),
        ("gzip", PLAIN + PLAIN),
        ("gzip", PLAIN[:-8] + b"\0\0\0\0" + PLAIN[-4:]),
        ("gzip", ZLIB),
        ("deflate", PLAIN),
        ("deflate", EVENT),
        ("deflate", ZLIB[:-1]),
        ("deflate", ZLIB[:-4] + b"\0\0\0\0"),
        ("deflate", ZLIB + b"x"),
        ("deflate", RAW[:-1]),
        ("deflate", RAW + b"x"),
        ("deflate", b"x"),
        ("deflate", b"x\x9c"),
        ("deflate, gzip", PLAIN),
        ("deflate, gzip", gzip.compress(b"", mtime=0)),
        ("gzip, deflate", zlib.compress(EVENT)),
    ],
)
def test_what_is_not_whole_and_nothing_else_is_malformed(crm: Crm, coding: str, body: bytes) -> None:
    for send in (crm.api, crm.admin):
        answer = send("POST", "/events", content=body, headers=coded(coding))
        error(answer, 400, "body.malformed")
        assert any(each in answer.json()["message"] for each in coding.split(", "))
    assert last(crm)["body"] is None
    assert crm.changes() == []


# Bounds


def sized(size: int) -> bytes:
    return EVENT + b" " * (size - len(EVENT))


@BOTH
def test_the_limit_holds_for_the_decoded_body(crm: Crm) -> None:
    for coding, encode in CODINGS[:5]:
        assert crm.api("POST", "/events", content=encode(sized(MEBIBYTE)), headers=coded(coding)).status_code == 201
        for send in (crm.api, crm.admin):
            answer = send("POST", "/events", content=encode(sized(MEBIBYTE + 1)), headers=coded(coding))
            error(answer, 413, "body.tooLarge")


def test_a_bomb_costs_no_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    opened = zlib.decompressobj

    class Counted:
        def __init__(self, window: int) -> None:
            self.stream = opened(window)

        def decompress(self, data: bytes, most: int) -> bytes:
            made.append(len(found := self.stream.decompress(data, most)))
            return found

        def __getattr__(self, name: str) -> Any:
            return getattr(self.stream, name)

    monkeypatch.setattr(zlib, "decompressobj", Counted)
    bomb = gzip.compress(gzip.compress(bytes(200 * MEBIBYTE)))
    assert len(bomb) < 2_000
    answer = call_app(create_app(), "POST", "/api/v1/events", coded("gzip, gzip"), bomb)
    assert (answer.status, answer.json["code"]) == (413, "body.tooLarge")
    assert MEBIBYTE < sum(made) <= 2 * MEBIBYTE


def test_a_snapshot_may_be_larger_than_other_bodies_encoded_or_not(crm: Crm) -> None:
    crm.admin("POST", "/seed", {"count": 2000})
    snapshot = crm.admin("GET", "/snapshot").content
    assert len(snapshot) > MEBIBYTE
    answer = crm.admin("PUT", "/snapshot", content=gzip.compress(snapshot, mtime=0), headers=coded("gzip"))
    assert (answer.status_code, answer.json()["events"]) == (200, 2000)


# Replays


def test_encoded_requests_of_clients_and_controls_are_played_again(crm: Crm) -> None:
    add_fault(crm, {"status": 503}, {"headers": {"Content-Encoding": "deflate"}}, times=1)
    crm.admin("POST", "/events", content=gzip.compress(EVENT, mtime=0), headers=coded("gzip"))
    crm.admin("PATCH", "/events/1001", content=raw_deflate(b'{"subject": "Moved"}'), headers=coded("deflate"))
    sent = [
        ("gzip", gzip.compress(EVENT, mtime=0), 201),
        ("deflate", zlib.compress(EVENT), 503),
        ("deflate", zlib.compress(EVENT), 201),
        ("gzip", EVENT, 400),
        ("gzip", gzip.compress(sized(MEBIBYTE + 1)), 413),
        ("br", EVENT, 415),
        ("gzip", gzip.compress(b"", mtime=0), 400),
        ("gzip", b"", 400),
    ]
    for coding, body, status in sent:
        assert crm.api("POST", "/events", content=body, headers=coded(coding)).status_code == status
    crm.api("GET", "/events")
    payload = crm.admin("GET", "/replay").json()
    assert [json.loads(step["body"])["subject"] for step in payload["steps"][2:6]] == [
        "Kickoff — encoded",
        "Moved",
        "Kickoff — encoded",
        "Kickoff — encoded",
    ]
    outcome = replay(payload)
    assert (outcome.divergences, outcome.changed) == ((), ())


# In process


def test_an_encoded_body_is_decoded_in_this_process_too() -> None:
    app = create_app(max_body=len(EVENT))
    for coding, encode in CODINGS[:7]:
        answer = call_app(app, "POST", "/api/v1/events", coded(coding), encode(EVENT))
        assert (answer.status, answer.json["subject"]) == (201, "Kickoff — encoded")
        assert call_app(app, "POST", "/api/v1/events", coded(coding), encode(EVENT + b" ")).status == 413
    assert call_app(app, "POST", "/api/v1/events", coded("br"), EVENT).headers["accept-encoding"] == "gzip, deflate"


# Characters


@pytest.mark.parametrize("path", ["/api/v1/events", "/admin/clock"])
def test_a_query_that_is_not_utf_8_is_refused(path: str) -> None:
    answer = call_app(create_app(), "GET", f"{path}?caf\xe9=1", {}, b"")
    assert (answer.status, answer.json["details"]) == (400, {"caf\ufffd": ["No such parameter."]})


@BOTH
@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8", "us-ascii", "US-ASCII", "ascii"])
def test_json_is_utf_8_and_ascii_is_part_of_it(crm: Crm, charset: str) -> None:
    headers = {"Content-Type": f"application/json; charset={charset}"}
    assert crm.api("POST", "/events", TIMES, headers=headers).status_code == 201


@BOTH
@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "utf-7", "windows-1252", "x" * 3000])
def test_another_charset_is_refused_by_its_name(crm: Crm, charset: str) -> None:
    for send in (crm.api, crm.admin):
        answer = send(
            "POST", "/events", content=EVENT, headers={"Content-Type": f"application/json; charset={charset}"}
        )
        error(answer, 415, "body.notJson")
        assert charset[:40] in answer.json()["message"]
        assert "UTF-8" in answer.json()["message"]
        assert len(answer.json()["message"]) < 200
