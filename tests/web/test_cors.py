"""A web page of another origin calls the API, where the server allows it (Fetch standard, CORS protocol)."""

from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from mockcrm import Crm, HttpxTransport, connect, create_app
from tests.samples import TIMES

PAGE = "http://localhost:3000"
CORS = "access-control-"


class Site:
    """A CRM that allows some origins, and its client: a page of one of them, unless it says that it is another."""

    def __init__(self, cors: str | Iterable[str] = PAGE) -> None:
        self.app = create_app(cors=cors)
        self.crm: Crm = connect(self.app)
        self.client = httpx.Client(transport=HttpxTransport(self.app), base_url="http://mockcrm.invalid")

    def ask(self, method: str, path: str, origin: str | None = PAGE, **options: Any) -> httpx.Response:
        headers = ({"Origin": origin} if origin else {}) | options.pop("headers", {})
        return self.client.request(method, path, headers=headers, **options)

    def preflight(self, path: str, method: str = "PATCH", asked: str = "", origin: str = PAGE) -> httpx.Response:
        headers = {"Access-Control-Request-Method": method}
        return self.ask("OPTIONS", path, origin, headers=headers | ({f"{CORS}request-headers": asked} if asked else {}))


def allowed(answer: httpx.Response) -> str | None:
    found: str | None = answer.headers.get(f"{CORS}allow-origin")
    return found


def names(answer: httpx.Response, header: str) -> set[str]:
    return {*answer.headers.get(header, "").lower().replace(" ", "").split(",")}


# Preflights


def test_a_preflight_allows_what_the_contract_has() -> None:
    answer = Site().preflight("/api/v1/events/1")
    assert (answer.status_code, answer.content, allowed(answer)) == (204, b"", PAGE)
    assert names(answer, f"{CORS}allow-methods") == {"get", "head", "post", "put", "patch", "delete"}
    contract = {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-mockcrm-client"}
    assert contract <= names(answer, f"{CORS}allow-headers")
    assert "origin" in names(answer, "vary")
    assert int(answer.headers[f"{CORS}max-age"]) > 60


def test_a_preflight_allows_a_header_that_only_this_client_sends() -> None:
    answer = Site().preflight("/api/v1/events", asked="sentry-trace,x-app-version")
    assert {"sentry-trace", "x-app-version", "if-match"} <= names(answer, f"{CORS}allow-headers")


@pytest.mark.parametrize("asked", ["x" * 5000, "x y", "a,\x00b", "<script>", ",".join(["x-a"] * 500)])
def test_names_that_are_no_headers_are_not_repeated(asked: str) -> None:
    answer = Site().preflight("/api/v1/events", asked=asked)
    assert answer.status_code == 204
    assert asked not in answer.headers[f"{CORS}allow-headers"]
    assert "authorization" in names(answer, f"{CORS}allow-headers")


def test_a_preflight_is_no_request_of_the_client() -> None:
    site = Site()
    site.crm.faults.add({"status": 503})
    site.crm.faults.add({"rateLimit": {"requests": 1, "per": "1h"}})
    for path in ("/api/v1/events", "/api/v1/events/1", "/api/v1/nothing", "/sandboxes/none/api/v1/events"):
        answer = site.preflight(path)
        assert (answer.status_code, len(answer.headers.get_list("Date"))) == (204, 1)
        assert answer.headers["X-Request-Id"].startswith("o")
    assert site.crm.requests.all() == []
    assert [rule["applied"] for rule in site.crm.faults.all()] == [0, 0]
    assert site.crm.audit()["clients"] == []
    site.crm.faults.clear()
    assert site.ask("GET", "/api/v1/events").headers["X-Request-Id"] == "1"


def test_options_that_ask_nothing_of_cors_are_a_request_as_before() -> None:
    site = Site()
    answer = site.ask("OPTIONS", "/api/v1/events")
    assert "GET" in answer.headers["Allow"]
    assert [each["method"] for each in site.crm.requests.all()] == ["OPTIONS"]


def test_another_origin_is_not_allowed_and_its_preflight_is_no_request_either() -> None:
    site = Site()
    for origin in ("http://localhost:3001", "https://localhost:3000", "null", "http://localhost:3000.evil.example"):
        answer = site.preflight("/api/v1/events", origin=origin)
        assert not [name for name in answer.headers if name.startswith(CORS)]
        assert "origin" in names(answer, "vary")
    assert site.crm.requests.all() == []


# Answers


def test_an_answer_shows_the_page_every_header_that_it_has() -> None:
    site = Site()
    made = site.ask("POST", "/api/v1/events", json=TIMES)
    assert (allowed(made), made.headers[f"{CORS}allow-credentials"]) == (PAGE, "true")
    assert {"etag", "location", "date", "x-request-id"} <= names(made, f"{CORS}expose-headers")
    assert "origin" in names(made, "vary")
    site.crm.set_dialect(listShape="array", pageSize=1)
    site.ask("POST", "/api/v1/events", json=TIMES)
    assert "link" in names(site.ask("GET", "/api/v1/events"), f"{CORS}expose-headers")
    kept = site.ask("GET", made.headers["Location"], headers={"If-None-Match": made.headers["ETag"]})
    assert (kept.status_code, allowed(kept)) == (304, PAGE)


def test_the_page_sees_every_refusal() -> None:
    site = Site()
    odd = [("GET", "/api/v1//events"), ("GET", "/api/v1/events?x=1"), ("GET", "/api/v1/events/1"), ("GET", "/api/v1/x")]
    more = [("DELETE", "/api/v1/events"), ("POST", "/api/v1/events"), ("GET", "/sandboxes/nobody/api/v1/events")]
    answers = [site.ask(method, path) for method, path in [*odd, *more]]
    assert [answer.status_code for answer in answers] == [404, 400, 404, 404, 405, 400, 404]
    assert [allowed(answer) for answer in answers] == [PAGE] * len(answers)
    assert "allow" in names(answers[4], f"{CORS}expose-headers")
    site.crm.set_dialect(credentials="secret")
    refused = site.ask("GET", "/api/v1/events")
    assert (refused.status_code, allowed(refused)) == (401, PAGE)
    assert "www-authenticate" in names(refused, f"{CORS}expose-headers")


def test_the_page_sees_what_fault_rules_answer() -> None:
    site = Site()
    site.crm.faults.add({"rateLimit": {"requests": 1, "per": "1h"}})
    site.ask("GET", "/api/v1/events")
    limited = site.ask("GET", "/api/v1/events")
    assert (limited.status_code, allowed(limited)) == (429, PAGE)
    assert "retry-after" in names(limited, f"{CORS}expose-headers")
    site.crm.faults.clear()
    site.crm.faults.add({"status": {"status": 503, "headers": {"X-Quota-Left": "0"}}})
    failed = site.ask("GET", "/api/v1/events")
    assert (failed.status_code, allowed(failed)) == (503, PAGE)
    assert "x-quota-left" in names(failed, f"{CORS}expose-headers")


def test_a_fault_rule_can_take_the_answer_away_from_the_page() -> None:
    site = Site()
    site.crm.faults.add({"status": {"status": 502, "headers": {"Access-Control-Allow-Origin": "null"}}})
    assert site.ask("GET", "/api/v1/events").headers.get_list(f"{CORS}allow-origin") == ["null"]


def test_a_request_without_an_origin_gets_no_headers_but_a_cache_learns_that_they_vary() -> None:
    answer = Site().ask("GET", "/api/v1/events", origin=None)
    assert not [name for name in answer.headers if name.startswith(CORS)]
    assert "origin" in names(answer, "vary")


def test_every_origin_may_call_where_the_star_says_so_and_without_cookies() -> None:
    site = Site("*")
    for answer in (
        site.ask("GET", "/api/v1/events", "https://app.example"),
        site.preflight("/api/v1/x", origin="null"),
    ):
        assert allowed(answer) == "*"
        assert f"{CORS}allow-credentials" not in answer.headers


def test_several_origins_are_told_apart() -> None:
    site = Site([PAGE, "https://app.example"])
    assert allowed(site.ask("GET", "/api/v1/events", "https://app.example")) == "https://app.example"
    assert allowed(site.ask("GET", "/api/v1/events")) == PAGE


def test_a_call_of_the_application_without_the_option_is_as_before() -> None:
    site = Site(())
    answer = site.preflight("/api/v1/events")
    assert not [name for name in answer.headers if name.startswith(CORS)]
    assert "vary" not in answer.headers
    assert [each["method"] for each in site.crm.requests.all()] == ["OPTIONS"]


# What is not the API


@pytest.mark.parametrize("path", ["/admin/clock", "/", "/console/main.js", "/calendar.ics", "/openapi.json", "/health"])
def test_nothing_but_the_api_is_open_to_other_origins(path: str) -> None:
    for site in (Site(), Site("*")):
        for answer in (site.ask("GET", path), site.preflight(path, "GET"), site.ask("GET", path, origin=None)):
            assert not [name for name in answer.headers if name.startswith(CORS)]


def test_the_controls_still_refuse_an_allowed_origin() -> None:
    site = Site()
    assert site.ask("POST", "/admin/clock/advance", json={"by": "1m"}).status_code == 403
    assert site.preflight("/admin/clock", "PUT").status_code == 403
    assert site.ask("GET", "/api/v1/../../admin/clock").headers.get(f"{CORS}allow-origin") is None


# Origins that are none


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("http://localhost:3000/", "Did you mean http://localhost:3000?"),
        ("HTTP://LocalHost:3000/app?x=1", "Did you mean http://localhost:3000?"),
        ("https://app.example:443", "Did you mean https://app.example?"),
        ("http://user:pw@app.example", "Did you mean http://app.example?"),
        ("localhost:3000", "such as http://localhost:3000"),
        ("app.example", "such as http://localhost:3000"),
        ("null", "use * for pages without an origin"),
        ("", "such as http://localhost:3000"),
        ("http://", "such as http://localhost:3000"),
        ("http://localhost:99999", "such as http://localhost:3000"),
        ("http://[::1", "such as http://localhost:3000"),
        ("http://*.example", "such as http://localhost:3000"),
        ("http://a b", "such as http://localhost:3000"),
        ("http://x\r\nSet-Cookie: a=b", "such as http://localhost:3000"),
        ("http://münchen.example", "Did you mean http://xn--mnchen-3ya.example?"),
    ],
)
def test_what_is_no_origin_is_refused_at_the_start(given: str, complaint: str) -> None:
    with pytest.raises(ValueError, match="is not an origin") as refused:
        create_app(cors=[given])
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "https://app.example", "http://[::1]:5173", "capacitor://localhost", "*"]
)
def test_what_browsers_send_is_an_origin(origin: str) -> None:
    assert allowed(Site(origin).ask("GET", "/api/v1/events", origin)) == origin
