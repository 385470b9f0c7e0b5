"""Calls that wait, in tests that are coroutines: the client under test goes on in the same event loop."""

import anyio
import anyio.to_thread
import httpx
import pytest

from mockcrm import HttpxTransport, connect, create_app

pytest_plugins = ["pytester"]

LONG = "20s"
"""Only a loop that stands still takes so long."""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_test_that_waits_lets_the_client_sync_in_the_same_loop(backend: str) -> None:
    app = create_app()
    crm = connect(app).create("awaited")

    async def test() -> None:
        http = httpx.AsyncClient(transport=HttpxTransport(app), base_url=crm.url)
        async with http as client, anyio.create_task_group() as both:
            both.start_soon(client.get, "/events")
            await crm.verify_async({"operation": "listEvents"}, timeout=LONG)
            rule = crm.faults.add({"delay": "5m"}, times=1)
            both.start_soon(client.get, "/events")
            await crm.verify_async({"operation": "listEvents"}, exactly=2, timeout=LONG)
            both.start_soon(anyio.to_thread.run_sync, crm.faults.remove, rule["id"])
            await crm.assert_clean_async(wait=LONG)
            await crm.assert_in_sync_async([])
            assert (await crm.audit_async())["verdict"] == "passed"

    anyio.run(test, backend=backend)


def test_what_fails_shows_the_line_of_the_test_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import asyncio

        def test_it(crm):
            async def test():
                await crm.verify_async({"operation": "listEvents"})
            asyncio.run(test())
    """)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines([">*await crm.verify_async(*", "E *expected at least 1 request*"])
    result.stdout.no_fnmatch_line("*in_thread.py*")
    result.stdout.no_fnmatch_line("*thread.py*")
    result.stdout.no_fnmatch_line("*client/crm.py*")
