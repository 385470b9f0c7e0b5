"""Several nodes behind HAProxy: each sandbox on one of them, found by its name (`docs/how-to/many-servers.md`)."""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Literal

import httpx
import pytest

from mockcrm import Crm, NoAnswer, Refused, connect
from tests.deploy.proxy import HAPROXY, proxied
from tests.processes import Served, served
from tests.served import error
from tests.waiting import until

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed")

EVENT = {"startTime": "2026-01-05T09:00:00Z", "endTime": "2026-01-05T10:00:00Z"}
NAMES = [f"box-{number}" for number in range(30)]


def node(number: int, *options: str, status: int = 0) -> AbstractContextManager[Served]:
    return served("--count", "0", "--node", f"node-{number}", *options, status=status)


@dataclass(frozen=True)
class Several:
    """Three nodes, and the proxy before them."""

    nodes: list[Served]
    url: str

    def names_on(self, number: int) -> set[str]:
        listed = httpx.get(f"{self.nodes[number].url}/admin/sandboxes").json()["sandboxes"]
        return {each["name"] for each in listed}

    def nodes_with(self, name: str) -> list[int]:
        """The nodes that have a sandbox of this name."""
        return [number for number in range(len(self.nodes)) if name in self.names_on(number)]


@pytest.fixture(scope="module")
def several() -> Iterator[Several]:
    with ExitStack() as stack:
        nodes = [stack.enter_context(node(number)) for number in (1, 2, 3)]
        yield Several(nodes, stack.enter_context(proxied([each.url for each in nodes])).url)


def test_each_sandbox_is_on_one_node_and_the_proxy_finds_it(several: Several) -> None:
    crm = connect(several.url)
    with ExitStack() as stack:
        for at, name in enumerate(NAMES):
            stack.enter_context(crm.create(name)).seed(at + 1, seed=1)
        places = [several.nodes_with(name) for name in NAMES]
        assert all(len(place) == 1 for place in places)
        assert {number for place in places for number in place} == {0, 1, 2}
        assert [events_of(crm.sandbox(name)) for name in NAMES] == [*range(1, len(NAMES) + 1)]


def test_what_has_no_name_in_its_path_is_the_sandbox_default_of_one_node(several: Several) -> None:
    with httpx.Client(base_url=several.url) as http:
        made = http.post("/api/v1/events", json=EVENT).json()["id"]
        for path in ("", "/sandboxes/default", "/%73andboxes/default"):
            assert http.get(f"{path}/api/v1/events/{made}").status_code == 200
        assert http.get("/admin/sandboxes/default").json()["events"] == 1
    found = [httpx.get(f"{each.url}/api/v1/events/{made}").status_code for each in several.nodes]
    assert sorted(found) == [200, 404, 404]


def test_forks_and_their_forks_are_on_the_node_of_their_origin(several: Several) -> None:
    crm = connect(several.url)
    for name in NAMES[:9]:
        with crm.create(name, count=3, seed=1) as origin, origin.fork() as fork, fork.fork() as again:
            assert fork.name.startswith(f"{name}~")
            assert again.name.startswith(f"{name}~")
            assert events_of(again) == 3
            assert several.nodes_with(name) == several.nodes_with(again.name)
            # Some encode the tilde.
            assert httpx.get(f"{several.url}/sandboxes/{again.name.replace('~', '%7E')}/api/v1/events").is_success


def test_a_fork_on_another_node_than_its_origin_is_refused_and_says_why(several: Several) -> None:
    crm = connect(several.url)
    with crm.create("origin"):
        home = several.nodes_with("origin")
        with ExitStack() as stack:
            for name in NAMES:
                answer = httpx.put(f"{several.url}/admin/sandboxes/{name}", json={"from": "origin"})
                if answer.status_code == 201:
                    # Any other name is allowed, if it happens to lead to the same node.
                    stack.enter_context(crm.sandbox(name))
                    assert several.nodes_with(name) == home
                else:
                    error(answer, 409, "sandbox.elsewhere")
                    assert "'origin~1'" in answer.json()["message"]
                    assert several.nodes_with(name) == []
            assert 0 < len(several.names_on(home[0]) & {*NAMES}) < len(NAMES)
        with pytest.raises(Refused) as unknown:
            crm.sandbox("nobody").fork("nobody~2")
        assert unknown.value.code == "sandbox.notFound"


def test_a_name_that_only_the_body_has_is_refused_because_the_proxy_does_not_see_it(several: Several) -> None:
    answer = httpx.post(f"{several.url}/admin/sandboxes", json={"name": "ann"})
    error(answer, 409, "sandbox.elsewhere")
    assert "PUT /admin/sandboxes/{name}" in answer.json()["message"]
    assert several.nodes_with("ann") == []


def test_a_list_of_sandboxes_says_of_which_node_it_is(several: Several) -> None:
    with connect(several.url).create("ann") as ann:
        listed = ann.ask("GET", "/sandboxes")
        (number,) = several.nodes_with("ann")
        assert listed["node"] == f"node-{number + 1}"
        assert "ann" in {each["name"] for each in listed["sandboxes"]}


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_broken_connection_breaks_for_the_client_and_nothing_is_repeated(
    several: Several, how: Literal["reset", "close"]
) -> None:
    with connect(several.url).create() as crm, httpx.Client(base_url=crm.url) as http:
        assert http.get("/events").status_code == 200
        crm.faults.add({"disconnect": {"how": how, "when": "after"}}, match={"operation": "createEvent"})
        with pytest.raises(httpx.RemoteProtocolError):
            http.post("/events", json=EVENT)
        assert http.get("/events").json()["length"] == 1
        assert [each["status"] for each in crm.requests.all()] == [200, None, 200]


def test_a_node_that_is_killed_takes_its_sandboxes_along_and_no_other() -> None:
    with ExitStack() as stack:
        nodes = [stack.enter_context(node(number)) for number in (1, 2)]
        mortal = stack.enter_context(node(3, status=-signal.SIGKILL))
        nodes.append(mortal)
        several = Several(nodes, stack.enter_context(proxied([each.url for each in nodes])).url)
        crm = connect(several.url)
        for name in NAMES:
            crm.create(name)
        lost = several.names_on(2) & {*NAMES}
        assert 0 < len(lost) < len(NAMES)
        mortal.process.kill()
        until(lambda: away(mortal.url))
        for name in NAMES:
            answer = httpx.get(f"{several.url}/sandboxes/{name}/api/v1/events")
            if name in lost:
                error(answer, 503, "node.unreachable")
                assert "make the sandbox again" in answer.json()["message"]
            else:
                assert answer.status_code == 200
        port = mortal.url.rpartition(":")[2]
        with node(3, "--port", port):
            for name in lost:
                error(httpx.get(f"{several.url}/sandboxes/{name}/api/v1/events"), 404, "sandbox.notFound")
                assert events_of(crm.create(name)) == 0


def events_of(crm: Crm) -> int:
    return len(crm.events.all())


def away(url: str) -> bool:
    try:
        connect(url).dialect()
    except NoAnswer:
        return True
    return False


def test_the_plugin_s_tests_run_through_the_proxy(several: Several, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import httpx
        import pytest

        @pytest.mark.mockcrm(count=5, seed=1)
        @pytest.mark.parametrize("number", range(6))
        def test_five(crm, number):
            assert httpx.get(f"{crm.url}/events").json()["length"] == 5

        @pytest.mark.parametrize("dialect", ["google", "salesforce", "graph"])
        def test_none(make_crm, dialect):
            assert httpx.get(f"{make_crm(dialect=dialect).url}/events").status_code == 200
        """
    )
    before = [several.names_on(number) for number in range(3)]
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "--mockcrm-url", several.url).assert_outcomes(passed=9)
    assert [several.names_on(number) for number in range(3)] == before
