"""No spelling of a path leads to the controls: over a socket, to a server whose controls want a token."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from tests.attack.heads import TOKEN
from tests.attack.reading import Reading, reading
from tests.attack.victim import Victim
from tests.attack.wire import Answer, Connection

SLASHES = [
    "/",
    "/",
    "/",
    "//",
    "///",
    "%2f",
    "%2F",
    "/./",
    "/../",
    "/%2e/",
    "/%2e%2E/",
    "/.%2e/",
    "\\",
    "%5c",
    "/;/",
    "/%00/",
]
PREFIXES = [
    "",
    "",
    "",
    "sandboxes/default",
    "sandboxes/nobody",
    "sandboxes/..",
    "sandboxes/%2e",
    "sandboxes",
    "sandboxes/",
]
PATHS = [
    *("admin/clock", "admin/events", "admin/snapshot", "admin/sandboxes", "admin", "admin/requests", "admin/audit"),
    *("calendar.ics", "mailbox.ics"),
]
OPEN = ["api/v1/events", "api/v1", "health", "version", "docs", "openapi.json", ""]
AUTHORITIES = [
    "",
    "",
    "",
    "http://localhost",
    "http://evil.example",
    "HTTP://127.0.0.1:80",
    "https://[::1]",
    "admin://admin",
]
ENDS = [
    "",
    "",
    "",
    "/",
    "//",
    "/.",
    "/..",
    "%2f",
    "%00",
    "%20",
    ";a",
    "?",
    "#",
    "?/admin",
    "#/health",
    "%3f",
    "%23",
    ".json",
]


@st.composite
def segments(draw: st.DrawFn) -> list[str]:
    """The segments of a path, one of them perhaps of something that should hide what follows."""
    paths = [draw(st.sampled_from(PREFIXES)), *draw(st.lists(st.sampled_from([*OPEN, "..", "."]), max_size=1))]
    named = [*paths, draw(st.sampled_from(PATHS))]
    return [each for path in named for each in path.split("/") if each]


def respelt(draw: st.DrawFn, segment: str) -> str:
    """The same segment with letters that are encoded, once or twice, or of another case."""
    how = draw(st.sampled_from(["as is"] * 4 + ["encoded", "twice", "case"]))
    at = draw(st.integers(0, len(segment) - 1))
    code = f"{ord(segment[at]):02x}"
    as_told = {"encoded": f"%{code}", "twice": f"%25{code}", "case": segment[at].swapcase(), "as is": segment[at]}
    return segment[:at] + as_told[how] + segment[at + 1 :]


@st.composite
def drawn_targets(draw: st.DrawFn) -> str:
    path = "".join(draw(st.sampled_from(SLASHES)) + respelt(draw, each) for each in draw(segments()))
    return draw(st.sampled_from(AUTHORITIES)) + path + draw(st.sampled_from(ENDS))


class Door:
    """A server, asked over one connection for as long as it keeps that open."""

    def __init__(self) -> None:
        self._victim = Victim("token")
        self._connection = Connection(self._victim.port)

    def ask(self, method: str, target: str, *more: str) -> Answer:
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Content-Length: 0", *more, "", ""]
        self._connection.send("\r\n".join(lines).encode("latin-1"))
        answer = self._connection.answer(method)
        if answer.closes:
            self._connection.close()
            self._connection = Connection(self._victim.port)
        return answer

    def close(self) -> None:
        self._connection.close()
        self._victim.close()


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    opened = Door()
    yield opened
    opened.close()


@given(target=drawn_targets(), method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"]))
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(target="//admin/clock", method="GET")
@example(target="///admin/reset", method="POST")
@example(target="/%2fadmin/clock", method="GET")
@example(target="/sandboxes/default//admin/clock", method="GET")
@example(target="/sandboxes/default%2fadmin/clock", method="GET")
@example(target="/admin%2fclock", method="GET")
@example(target="/%61dmin/clock", method="GET")
@example(target="/health/../admin/clock", method="GET")
@example(target="http://evil.example//admin/clock", method="GET")
@example(target="/calendar.ics?token=", method="GET")
@example(target="/sandboxes/default/calendar.ics?token=default", method="HEAD")
@example(target="/%63alendar.ics", method="OPTIONS")
def test_without_the_token_no_spelling_of_a_path_gets_in(door: Door, target: str, method: str) -> None:
    answer = door.ask(method, target)
    meant = reading(target).part
    assert answer.status >= 400 or meant in ("api", "about", "console"), (meant, answer)


@pytest.mark.parametrize(
    "target",
    [
        *("/admin/clock", "/sandboxes/default/admin/clock", "/%61dmin/clock", "http://localhost/admin/clock"),
        *("/calendar.ics", "/sandboxes/default/calendar.ics", "/%63alendar.ics"),
    ],
)
def test_the_token_opens_the_door_at_its_own_address(door: Door, target: str) -> None:
    assert door.ask("GET", target, f"Authorization: Bearer {TOKEN}").status == 200


@pytest.mark.parametrize(
    "target",
    [
        "//admin/clock",
        "/%2fadmin/clock",
        "/admin//clock",
        "/admin/./clock",
        "/x/../admin/clock",
        "/sandboxes/default//admin/clock",
        "//calendar.ics",
        "/sandboxes/default/mailbox.ics",
    ],
)
def test_the_token_opens_no_other_door(door: Door, target: str) -> None:
    answer = door.ask("GET", target, f"Authorization: Bearer {TOKEN}")
    assert (answer.status, b'"path.notFound"' in answer.body) == (404, True)


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("/admin/clock?x=//", Reading("controls")),
        ("/%61dmin", Reading("controls")),
        ("/sandboxes/a/admin/clock", Reading("controls", "a")),
        ("http://evil.example/sandboxes/a/api/v1/events#x", Reading("api", "a")),
        ("//admin/clock", Reading("nothing")),
        ("/admin%2Fclock", Reading("nothing")),
        ("/sandboxes/a//admin", Reading("nothing", "a")),
        ("/Admin/clock", Reading("nothing")),
        ("/administration", Reading("nothing")),
        ("/sandboxes/a/", Reading("console", "a")),
        ("/sandboxes/a", Reading("console", "a")),
        ("http://localhost", Reading("console")),
        ("/sandboxes/a/console/main.js", Reading("console", "a")),
        ("/console", Reading("nothing")),
        ("*", Reading("nothing")),
        ("/calendar.ics?token=x", Reading("calendar")),
        ("/sandboxes/a/calendar.ics", Reading("calendar", "a")),
        ("/mailbox.ics", Reading("calendar", "mailbox")),
        ("/sandboxes/a/mailbox.ics", Reading("nothing", "a")),
        ("/calendar.ics/", Reading("nothing")),
        ("/health", Reading("about")),
        ("/health/", Reading("nothing")),
    ],
)
def test_a_target_is_read_as_the_contract_has_it(target: str, meant: Reading) -> None:
    assert reading(target) == meant
