"""The page at `/` and its files, as they are served: to whom, with which headers, and what else is refused."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockcrm import Access, connect, create_app, serving
from mockcrm.base.wsgi import call_app
from mockcrm.web.console import pages
from tests.served import BOTH, Crm, error

PAGES = ["/", "/sandboxes/default/", "/console/main.js", "/sandboxes/default/console/styles/base.css"]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
TOKEN = "a-long-and-secret-token"


@pytest.fixture(scope="module")
def guarded() -> Iterator[httpx.Client]:
    """A server whose controls want a token, with an event of which nobody else may know."""
    app = create_app(access=Access(token=TOKEN))
    times: Any = {"startTime": "2026-01-06T09:00:00Z", "endTime": "2026-01-06T10:00:00Z"}
    connect(app, token=TOKEN).events.create(subject="Secret", **times)
    with serving(app) as url, httpx.Client(base_url=url) as http:
        yield http


@pytest.mark.parametrize("path", PAGES)
def test_the_page_and_its_files_ask_for_no_token_and_hold_no_data(guarded: httpx.Client, path: str) -> None:
    answer = guarded.get(path)
    assert answer.status_code == 200
    assert "Secret" not in answer.text
    error(guarded.get("/admin/events"), 401, "credentials.missing")


@pytest.mark.parametrize("access", [Access(), Access(token=TOKEN), Access(closed=True)], ids=lambda each: each.mode)
@pytest.mark.parametrize("path", [*PAGES, "/console/nothing.js", "/sandboxes/nobodys/"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "192.168.0.7"},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Host": "evil.example", "Authorization": f"Bearer {TOKEN}"},
    ],
    ids=str,
)
def test_a_page_of_another_site_gets_neither_page_nor_file(access: Access, path: str, headers: dict[str, str]) -> None:
    answer = call_app(create_app(access=access), "GET", path, headers, b"")
    assert (answer.status, answer.json["code"]) == (403, "admin.forbidden")


def test_a_name_that_was_allowed_opens_the_page() -> None:
    app = create_app(access=Access(hosts=frozenset({"crm.test"}), token=TOKEN))
    assert call_app(app, "GET", "/", {"Host": "crm.test", "Origin": "http://crm.test"}, b"").status == 200


@BOTH
def test_the_page_loads_from_its_own_server_alone_and_is_shown_in_no_other_site(crm: Crm) -> None:
    answer = crm.http.get(f"{crm.path}/")
    policy = dict(each.split(" ", 1) for each in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == "'none'"
    assert policy["connect-src"] == policy["style-src"] == policy["frame-ancestors"] == policy["frame-src"] == "'self'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Request-Id"].startswith("o")


FILES = sorted(each.relative_to(pages.FILES).as_posix() for each in pages.FILES.rglob("*.*"))


@pytest.mark.parametrize("file", [each for each in FILES if each != "index.html"])
def test_every_file_has_its_type_whatever_this_machine_thinks(file: str) -> None:
    types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    answer = call_app(create_app(), "GET", f"/console/{file}", {}, b"")
    assert answer.status == 200
    assert answer.headers["content-type"].partition(";")[0] == types[Path(file).suffix]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'"


@BOTH
@pytest.mark.parametrize("path", ["/", "/console/main.js"])
def test_what_a_browser_has_already_is_not_sent_again(crm: Crm, path: str) -> None:
    first = crm.http.get(crm.path + path)
    assert first.headers["Cache-Control"] == "no-cache"
    again = crm.http.get(crm.path + path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = crm.http.head(crm.path + path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == first.headers.get("Content-Length", str(len(first.content)))


@pytest.mark.parametrize("path", ["/", "/console/main.js"])
@pytest.mark.parametrize(
    "headers",
    [{"If-Match": '"x"'}, {"Range": "bytes=99999999-"}, {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}],
)
def test_no_other_condition_and_no_range_counts(crm: Crm, path: str, headers: dict[str, str]) -> None:
    answer = crm.http.get(crm.path + path, headers=headers)
    assert (answer.status_code, answer.content) == (200, crm.http.get(crm.path + path).content)


@BOTH
@pytest.mark.parametrize(
    "path",
    [
        "/console",
        "/console/",
        "/console/nothing.js",
        "/console/index.html",
        "/console/data",
        "/console/libraries",
        "/console/libraries/nothing.js",
        "/console/../pages.py",
        "/console/%2e%2e/pages.py",
        "/console/..%2fpages.py",
        "/console/data//api.js",
        "/console/data%2fapi.js",
        "/console/data\\api.js",
        "/console/libraries/../pages.py",
        "/console/libraries/..\\..\\pages.py",
        "/console/main.js/",
        "/console/main.js%00",
        "/console//etc/passwd",
        "/Console/main.js",
        "/consoles",
    ],
)
def test_what_is_no_file_of_the_page_is_not_found(crm: Crm, path: str) -> None:
    host = f"{crm.http.base_url.host}:{crm.http.base_url.port}"
    request = crm.http.build_request("GET", "/", headers={"Host": host})
    request.url = request.url.copy_with(raw_path=(crm.path + path).encode())
    error(crm.http.send(request), 404, "path.notFound")


@pytest.mark.parametrize("path", ["/", "/console/main.js"])
def test_the_page_is_read_and_not_written(crm: Crm, path: str) -> None:
    error(crm.http.post(crm.path + path, json={}), 405, "method.notAllowed")


@BOTH
def test_a_sandbox_s_path_leads_to_its_page(crm: Crm) -> None:
    answer = crm.http.get(crm.path)
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{crm.path}/")


# Who looks for a sandbox that is not there


@BOTH
@pytest.mark.parametrize("path", ["/sandboxes/nobodys/", "/sandboxes/nobodys"])
def test_a_person_who_looks_for_a_sandbox_that_is_not_there_gets_a_page(crm: Crm, path: str) -> None:
    answer = crm.http.get(path, headers={"Accept": BROWSER})
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such sandbox" in answer.text
    assert '<a href="/">' in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Vary"]) == ("nosniff", "Accept")
    head = crm.http.head(path, headers={"Accept": BROWSER})
    assert (head.status_code, head.content) == (404, b"")


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, text/html", "x" * 1000, "q=;"])
def test_a_program_that_does_gets_json_as_ever(crm: Crm, accept: str | None) -> None:
    headers = {} if accept is None else {"Accept": accept}
    error(crm.http.get("/sandboxes/nobodys/", headers=headers), 404, "sandbox.notFound")


@pytest.mark.parametrize(
    "path", ["/sandboxes/nobodys/admin/clock", "/sandboxes/nobodys/api/v1/events", "/sandboxes/nobodys/console/main.js"]
)
def test_only_the_page_itself_is_a_page_where_it_is_refused(crm: Crm, path: str) -> None:
    error(crm.http.get(path, headers={"Accept": BROWSER}), 404, "sandbox.notFound")


def test_a_person_under_a_name_that_was_not_allowed_reads_why(crm: Crm) -> None:
    answer = crm.http.get("/", headers={"Accept": BROWSER, "Host": "crm.example"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert "start with --allowed-host crm.example" in answer.text


@pytest.mark.parametrize("headers", [{"Host": "<script>alert(1)</script>"}, {"Host": "\"'><img src=x>"}])
def test_what_a_request_brings_stands_in_a_page_as_text(crm: Crm, headers: dict[str, str]) -> None:
    text = crm.http.get("/", headers={"Accept": BROWSER, **headers}).text
    assert ("<script" in text, "<img" in text) == (False, False)
    text = crm.http.get("/sandboxes/%3Cscript%3E/", headers={"Accept": BROWSER}).text
    assert "<script" not in text


def test_the_page_knows_where_it_is_mounted() -> None:
    """An application below a path of its own leads to that path."""
    app = create_app()
    environ = {"SCRIPT_NAME": "/crm"}
    answer = call_app(
        lambda given, start: app(given | environ, start), "GET", "/sandboxes/nobodys/", {"Accept": BROWSER}, b""
    )
    assert b'<a href="/crm/">' in answer.body


def test_a_browser_loads_a_file_once_for_all_sandboxes_until_it_is_another() -> None:
    app = create_app()

    def named(path: str, up: str) -> list[str]:
        page = call_app(app, "GET", path, {}, b"").body.decode()
        return re.findall(rf'"{re.escape(up)}console/(~\w+)/start\.js"', page)

    def lasts(file: str) -> bool:
        return "immutable" in call_app(app, "GET", f"/console/{file}", {}, b"").headers["cache-control"]

    (edition,) = named("/", "./")
    assert named("/sandboxes/default/", "../../") == [edition]
    assert lasts(f"{edition}/start.js")
    assert lasts(f"{edition}/libraries/preact.js")
    assert not lasts("start.js")
    assert not lasts("~0123/start.js")
