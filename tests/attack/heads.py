"""Headers that an attacker sends, and how it frames a body."""

import base64
from random import Random

from tests.attack import bodies

Headers = list[tuple[str, str]]

FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:80",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "localhost@evil.example",
    "evil.example#localhost",
    "192.168.0.7",
    "0.0.0.0",
    "[2001:db8::1]",
    "localhost:port",
    "local host",
    "",
    "\u00e9vil.example",
    "localhost, evil.example",
    "a" * 300,
    "a@b:99999",
]
LOCAL_HOSTS = ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.2:99", "[::1]", "[::1]:80", "localhost:65535"]
FOREIGN_ORIGINS = [
    "null",
    "http://evil.example",
    "https://localhost.evil.example",
    "http://localhost@evil.example",
    "http://127.0.0.1:1",
    "file://",
    "chrome-extension://abcdef",
    "",
    "http://[",
    "http://localhost:x",
    "localhost",
    "\u00e9",
]
TOKEN = "Sesame-0penTheDoor.Now"
"""What a server that asks for a token asks for. The attacker comes close, and never sends it without a foreign name."""

_NEAR = [
    TOKEN.lower(),
    TOKEN[:-1],
    TOKEN + "x",
    TOKEN + "\u00e9",
    TOKEN[::-1],
    f"{TOKEN},{TOKEN}",
    f'"{TOKEN}"',
    "*",
    "",
]
_JWT = base64.urlsafe_b64encode(b'{"sub":"ann"}').decode().rstrip("=")
_AUTHORIZATIONS = [
    "Basic YW5uOng=",
    "Basic ////",
    "Basic " + "A" * 4000,
    f"Bearer e30.{_JWT}.x",
    "Bearer e30.e30.e30",
    "Bearer a.W10.b",
    "Bearer",
    "bearer \t",
    "Negotiate \u00ff\u00fe",
    ": :",
    f"Basic {base64.b64encode(f'admin:{TOKEN}'.encode()).decode()}",
    TOKEN,
    f"Token {TOKEN}",
    *(f"Bearer {near}" for near in _NEAR),
]
_TAGS = ["*", '"1-a"', 'W/"1"', '"', "", ",,,", '"a", "b", *', "\u00e9", '"' + "x" * 5000 + '"', "x" * 300]
_KINDS = [
    "application/json",
    "application/json; charset=utf-8",
    'application/json; charset="UTF-8"',
    "application/json; charset=utf-16",
    "application/json; charset=",
    "application/json;;;=",
    "APPLICATION/JSON",
    "application/merge-patch+json",
    "application/json-patch+json",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "\u00e9/\u00e9",
    "",
    "/" * 500,
]
_OTHERS: Headers = [
    ("X-Forwarded-For", "1.2.3.4"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "localhost"),
    ("X-Forwarded-Prefix", "/admin"),
    ("Forwarded", "host=localhost;proto=https"),
    ("X-Original-URL", "/admin/clock"),
    ("X-Rewrite-URL", "/admin/clock"),
    ("X-HTTP-Method-Override", "DELETE"),
    ("SCRIPT_NAME", "/admin"),
    ("SCRIPT-NAME", "/admin"),
    ("PATH_INFO", "/admin/clock"),
    ("Range", "bytes=0-1"),
    ("Accept", "*/*;q=x"),
    ("Accept-Encoding", "gzip, \x00"),
    ("Cookie", "a=b; " * 500),
    ("Upgrade", "h2c"),
    ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"),
    ("If-None-Match", "*"),
    ("If-Modified-Since", "Thu, 99 Foo 0000"),
    ("Content-Range", "bytes 0-1/2"),
    ("X-Mockcrm-Client", "\u00ff\u00fe"),
    ("X-Mockcrm-Client", "x" * 5000),
    ("X-Mockcrm-Client", ""),
    ("X-Request-Id", "1"),
    ("Date", "Mon, 01 Jan 0001 00:00:00 GMT"),
    ("Referer", "http://evil.example/"),
    ("Access-Control-Request-Method", "PUT"),
    ("Sec-Fetch-Site", "cross-site"),
]
_ILL_FORMED = [
    ("Bad Name", "x"),
    ("", "x"),
    ("X-Nul", "a\x00b"),
    ("X-Fold", "a\r\n b"),
    ("X-Split", "a\nHost: evil.example"),
    ("\u00e9", "x"),
    ("X:Y", "\r"),
    ("X-Long", "x" * 70_000),
    ("Expect", "the-unexpected"),
]


def innocent(rng: Random) -> Headers:
    """Headers of a client that means well."""
    chosen: Headers = [("Host", rng.choice(LOCAL_HOSTS))]
    if rng.random() < 0.2:
        chosen.append(("X-Mockcrm-Client", f"c{rng.randrange(20_000)}"))
    if rng.random() < 0.1:
        chosen.append(("Idempotency-Key", rng.choice(["once", "twice", f"k{rng.randrange(10)}"])))
    if rng.random() < 0.1:
        chosen.append(("Authorization", "Bearer a-client's"))
    return chosen


def foreign(rng: Random, headers: Headers) -> Headers:
    """The same headers from a foreign page, or to a foreign name; seldom with the right token, which is no excuse."""
    rest = [each for each in headers if each[0] != "Authorization"]
    right = [_KEY] if rng.random() < 0.2 else []
    if rng.random() < 0.5:
        return [*rest, ("Origin", rng.choice(FOREIGN_ORIGINS)), *right]
    host = [("Host", rng.choice(FOREIGN_HOSTS))]
    doubled = [*host, *rest] if rng.random() < 0.3 else host + [each for each in rest if each[0] != "Host"]
    return doubled + right


def are_foreign(headers: Headers) -> bool:
    """Whether there is a foreign name or page among them."""
    return any(value in _FOREIGN.get(name, ()) for name, value in headers)


def without_key(headers: Headers) -> Headers:
    """The same without the right token."""
    return [each for each in headers if each != _KEY]


_KEY = ("Authorization", f"Bearer {TOKEN}")
_FOREIGN = {"Host": FOREIGN_HOSTS, "Origin": FOREIGN_ORIGINS}


def garbled(rng: Random, headers: Headers) -> Headers:
    """The same with one to three that a client should not send; all of it is HTTP."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        headers = rng.choice(_GARBLINGS)(rng, headers)
    return headers


def _authorization(rng: Random, headers: Headers) -> Headers:
    return [*headers, ("Authorization", rng.choice(_AUTHORIZATIONS))]


def _tag(rng: Random, headers: Headers) -> Headers:
    return [*headers, (rng.choice(["If-Match", "If-None-Match"]), rng.choice(_TAGS))]


def _key(rng: Random, headers: Headers) -> Headers:
    return [*headers, ("Idempotency-Key", rng.choice(["", "x" * 5000, "\u00e9", "once", "a,b", '"']))]


def _kind(rng: Random, headers: Headers) -> Headers:
    rest = [each for each in headers if each[0] != "Content-Type"]
    return [*rest, ("Content-Type", rng.choice(_KINDS))]


def _other(rng: Random, headers: Headers) -> Headers:
    return [*headers, rng.choice(_OTHERS)]


def _many(rng: Random, headers: Headers) -> Headers:
    return [*headers, *((f"X-H{n}", "v") for n in range(80))]


def _no_host(rng: Random, headers: Headers) -> Headers:
    return [each for each in headers if each[0] != "Host"]


_GARBLINGS = (_authorization, _authorization, _tag, _key, _kind, _other, _other, _many, _no_host)


def ill_formed(rng: Random, headers: Headers) -> Headers:
    """The same with one that is no HTTP header, or that a server may refuse below the application."""
    at = rng.randrange(len(headers) + 1)
    return [*headers[:at], rng.choice([*_ILL_FORMED, *[(f"X-{n}", "v") for n in range(2)]]), *headers[at:]]


def chunked(rng: Random, body: bytes, *, well: bool) -> tuple[Headers, bytes]:
    """A body in chunks, of any sizes; or in chunks that are none."""
    size = rng.choice([1, 7, 1000, 65_536]) if len(body) < 5_000 else 65_536
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    extension = rng.choice([b"", b"", b";a=b"]) if well else b""
    payload = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)
    trailer = rng.choice([b"", b"", b"X-Trailer: a\r\n"]) if well else b""
    whole = payload + b"0\r\n" + trailer + b"\r\n"
    return [("Transfer-Encoding", "chunked")], whole if well else _ill_chunked(rng, whole)


def _ill_chunked(rng: Random, whole: bytes) -> bytes:
    at = rng.randrange(len(whole))
    ways = (
        lambda: b"zz\r\n" + whole,
        lambda: b"-5\r\nhello\r\n0\r\n\r\n",
        lambda: b"5\r\nhelloX\r\n0\r\n\r\n",
        lambda: b"ffffffffffffffffffff\r\n" + whole,
        lambda: b"0x5\r\nhello\r\n0\r\n\r\n",
        lambda: whole.replace(b"\r\n", b"\n"),
        lambda: whole[:at],
        lambda: b"5" + b";" * 20_000 + b"\r\nhello\r\n0\r\n\r\n",
    )
    return rng.choice(ways)()


def ill_framed(rng: Random, body: bytes) -> tuple[Headers, bytes]:
    """A body whose length is told wrongly, twice, or in two ways; another request may hide in it."""
    hidden = b"GET /admin/clock HTTP/1.1\r\nHost: localhost\r\n\r\n"
    right = str(len(body))
    ways: list[Headers] = [
        [("Content-Length", str(len(body) + 50))],
        [("Content-Length", str(len(body) // 2))],
        [("Content-Length", "-1")],
        [("Content-Length", "+5")],
        [("Content-Length", "5, 5")],
        [("Content-Length", "0x5")],
        [("Content-Length", "9" * 400)],
        [("Content-Length", "\u00b2")],
        [("Content-Length", right), ("Content-Length", "0")],
        [("Content-Length", right), ("Transfer-Encoding", "chunked")],
        [("Transfer-Encoding", "gzip")],
        [("Transfer-Encoding", "chunked, chunked")],
        [("Transfer-Encoding", "identity, chunked")],
        [("Transfer-Encoding", "xchunked")],
        [("Transfer-Encoding", " chunked\x0b")],
        [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "identity")],
        [],
    ]
    return rng.choice(ways), body + (hidden if rng.random() < 0.5 else b"")


def coded(rng: Random, body: bytes) -> tuple[Headers, bytes]:
    """A body with a `Content-Encoding`, or two."""
    name, data = bodies.encoded(rng, body)
    more = [("Content-Encoding", "gzip")] if rng.random() < 0.1 else []
    return [("Content-Encoding", name), *more, ("Content-Length", str(len(data)))], data


def in_another_charset(rng: Random, body: bytes) -> tuple[Headers, bytes]:
    """A body in characters other than UTF-8, and a `Content-Type` that says so."""
    charset = rng.choice(["utf-16", "utf-7", "latin-1", "cp932", "utf-32", "idna", "base64", "\u00e9", "utf8"])
    try:
        data = body.decode("utf-8", "replace").encode(charset, "replace")
    except (LookupError, TypeError, UnicodeError):
        data = body
    return [("Content-Type", f"application/json; charset={charset}"), ("Content-Length", str(len(data)))], data
