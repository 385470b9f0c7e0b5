"""`mockcrm serve --cors`: which web pages may call the API."""

import httpx
import pytest

from tests.processes import run, served

PAGE, OTHER = "http://localhost:3000", "https://app.example"


def test_pages_of_the_origins_that_are_named_may_call_the_api() -> None:
    for options, env in ((("--cors", PAGE, "--cors", OTHER), {}), ((), {"MOCKCRM_CORS": f"{PAGE} {OTHER}"})):
        with served("--count", "1", *options, env=env) as server:
            for origin in (PAGE, OTHER):
                answer = httpx.get(f"{server.url}/api/v1/events", headers={"Origin": origin})
                assert answer.headers["Access-Control-Allow-Origin"] == origin
            assert "Access-Control-Allow-Origin" not in httpx.get(f"{server.url}/admin/clock").headers


@pytest.mark.parametrize("command", ["serve", "config"])
def test_what_is_no_origin_is_refused_before_anything_starts(command: str) -> None:
    result = run(command, "--port", "0", "--cors", "http://localhost:3000/")
    assert result.returncode == 2
    assert "Did you mean http://localhost:3000?" in result.stderr
