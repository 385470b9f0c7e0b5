"""Targets that an attacker asks for: paths as they should be written, and as they should not; and queries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

from tests.attack import values

Spell = Callable[[Random, str], str]

_ODD_SEGMENTS = [
    "",
    ".",
    "..",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5c",
    "%00",
    "%0d%0a",
    ";a=b",
    "%20",
    "~",
    "*",
    "%c0%af",
    "%ff",
]
_ODD_ENDS = [
    "/",
    "//",
    "/.",
    "/..",
    "%2f",
    "%00",
    "%20",
    ";x",
    ".json",
    "%0a",
    "/%2e%2e",
    "\\",
    "%3f",
    "%23",
    "?",
    "%7f",
]
_LETTERS = ["\u00e9", "\U0001f4c5", "\u2215", "\uff0f", "\u0131", "\u202e"]
_AUTHORITIES = [
    "http://localhost",
    "http://evil.example",
    "HTTP://127.0.0.1:1",
    "https://[::1]",
    "x://",
    "http://a@b:99999",
]
_LONGEST = 8_000


def filled(rng: Random, path: str) -> str:
    """A path of the description with values in place of its parameters, below a sandbox or not."""
    for name, pool in (("{id}", values.IDS + values.KEYS), ("{name}", _names(path)), ("{n}", ["1", "2"])):
        path = path.replace(name, quote(rng.choice(pool)))
    while "{" in path:
        head, _, rest = path.partition("{")
        path = head + rng.choice(values.IDS) + rest.partition("}")[2]
    return _prefix(rng) + path


def _names(path: str) -> list[str]:
    if "sandboxes" in path:
        return [*values.SANDBOXES, "nobody"]
    return ["index-lag", "swagger-ui.css", "nobody"]


def _prefix(rng: Random) -> str:
    return rng.choice(["", "", "", "/sandboxes/other", "/sandboxes/other", "/sandboxes/default", "/sandboxes/extra"])


def misspelt(rng: Random, path: str) -> str:
    """The same path with one or two things that make it another, or should not."""
    for _ in range(rng.choice([1, 1, 2])):
        path = rng.choice(_SPELLINGS)(rng, path)
    return path


def _double_slash(rng: Random, path: str) -> str:
    parts = path.split("/")
    at = rng.randrange(1, len(parts)) if len(parts) > 1 else 0
    return "/".join([*parts[:at], *[""] * rng.choice([1, 1, 2, 30]), *parts[at:]])


def _lead(rng: Random, path: str) -> str:
    return rng.choice(["/", "//", "/%2f", "/%2F", "/.", "/./", "/..", "/%2e%2e/", "/\\", "/%5c", "/%00", ""]) + path


def _encode_slash(rng: Random, path: str) -> str:
    parts = path.split("/")
    at = rng.randrange(1, len(parts)) if len(parts) > 1 else 0
    return "/".join(parts[:at]) + rng.choice(["%2f", "%2F", "%252f", "\\", "%5C", "%c0%af"]) + "/".join(parts[at:])


def _encode_letter(rng: Random, path: str) -> str:
    at = rng.randrange(len(path)) if path else 0
    code = f"{ord(path[at]):02x}" if path and ord(path[at]) < 256 else "61"
    return path[:at] + rng.choice(["%", "%25", "%u00"]) + code + path[at + 1 :]


def _other_case(rng: Random, path: str) -> str:
    raw = path.encode("latin-1")
    return rng.choice([raw.upper(), raw.title(), raw.swapcase(), raw.replace(b"admin", b"Admin")]).decode("latin-1")


def _insert(rng: Random, path: str) -> str:
    parts = path.split("/")
    parts.insert(rng.randrange(1, len(parts) + 1), rng.choice(_ODD_SEGMENTS))
    return "/".join(parts)


def _end(rng: Random, path: str) -> str:
    return path + rng.choice(_ODD_ENDS)


def _nested(rng: Random, path: str) -> str:
    name = rng.choice([*values.SANDBOXES, *(quote(each, safe="%./") for each in values.BAD_SANDBOXES), "%64efault"])
    return rng.choice([f"/sandboxes/{name}{path}", f"/sandboxes/{name}/{path}", f"/sandboxes//{name}{path}"])


def _absolute(rng: Random, path: str) -> str:
    return rng.choice(_AUTHORITIES) + path


def _long(rng: Random, path: str) -> str:
    length = rng.choice([64, 65, 256, _LONGEST, 9_000])
    return path + "/" * (rng.random() < 0.5) + "x" * length


def _letter(rng: Random, path: str) -> str:
    letter = rng.choice(_LETTERS)
    return path + (quote(letter) if rng.random() < 0.7 else letter.encode().decode("latin-1"))


def _bad_id(rng: Random, path: str) -> str:
    head, _, _ = path.rpartition("/")
    return f"{head}/{quote(rng.choice(values.BAD_IDS + values.NASTY_TEXTS), safe='', errors='surrogatepass')}"


def _dots(rng: Random, path: str) -> str:
    return (
        rng.choice(["/health", "/api/v1", "/docs", "/sandboxes/other"]) + rng.choice(["/..", "/%2e%2e", "/..;"]) + path
    )


def _raw(rng: Random, path: str) -> str:
    at = rng.randrange(len(path) + 1)
    return path[:at] + rng.choice(["\x00", "\t", " ", "\x7f", "\xff", "\r", '"', "<>", "{}", "^", "`", "|"]) + path[at:]


_SPELLINGS: tuple[Spell, ...] = (
    _double_slash,
    _double_slash,
    _lead,
    _encode_slash,
    _encode_letter,
    _other_case,
    _insert,
    _end,
    _nested,
    _absolute,
    _long,
    _letter,
    _bad_id,
    _dots,
    _raw,
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Page tokens of the servers' own making: of this sandbox, of another, and of one that was reset since."""

    good: tuple[str, ...]
    foreign: tuple[str, ...]
    stale: tuple[str, ...]


def token(rng: Random, tokens: Tokens) -> str:
    known = rng.choice([*tokens.good, *tokens.good, *tokens.foreign, *tokens.stale, "none"])
    at, letter = rng.randrange(len(known)), rng.choice("Aa0-_.~=")
    ways = (
        lambda: known,
        lambda: known,
        lambda: known[:at] + letter + known[at + 1 :],
        lambda: known[:at],
        lambda: known + letter,
        lambda: known.rpartition(".")[0],
        lambda: known * 3,
        lambda: rng.choice(["", "W10", "bnVsbA.x", "\u00e9", "\x00", "." * 50, "A" * 2000]),
    )
    return rng.choice(ways)()


def query(rng: Random, parameters: Mapping[str, Any], tokens: Tokens) -> str:
    """A query of parameters that the call has, each with a value that it may take."""
    chosen = [name for name in parameters if rng.random() < 0.35]
    return "&".join(f"{name}={_sent(_value(rng, name, tokens))}" for name in chosen)


def _value(rng: Random, name: str, tokens: Tokens) -> str:
    if name == "pageToken":
        return token(rng, tokens)
    if name in ("since", "startAt", "endAt"):
        return rng.choice([*values.INSTANTS, "0", "1767603600000"])
    if name in ("limit", "after"):
        return rng.choice(["1", "2", "3", "1000"])
    return values.SHORT if name in ("wait", "timeout") else rng.choice(["true", "false", "a"])


def bad_query(rng: Random, query: str, parameters: Mapping[str, Any]) -> str:
    """The same query with something wrong in it."""
    name = rng.choice([*parameters, "since", "limit", "colour", "access_token", "pageToken"])
    bad = rng.choice([*values.BAD_INSTANTS, *values.NASTY_TEXTS, "-1", "1001", "9" * 5000, "true,false", "+1", "0x10"])
    value = "" if name in ("wait", "timeout") else _sent(bad)
    ways = (
        lambda: f"{name}={value}",
        lambda: f"{name}=",
        lambda: name,
        lambda: f"{name}=1&{name}=2",
        lambda: "&".join(f"p{n}={n}" for n in range(rng.choice([30, 900]))),
        lambda: "&&;==&",
        lambda: f"{name}=%zz%",
        lambda: f"{name}=%ff%c0%80",
        lambda: f"{name}[]=1&{name}.x=2",
        lambda: f"{name}=2026-01-05T09:00:00+00:00",
        lambda: "x" * rng.choice([100, 7_000, 9_000]),
        lambda: "?" * 20 + "#/admin",
        lambda: f"{name}={chr(0xE9)}",
    )
    return "&".join(each for each in (query, rng.choice(ways)()) if each)


def _sent(value: str) -> str:
    return quote(value, safe=":-.", errors="surrogatepass")
