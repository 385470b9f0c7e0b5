"""Tests of a project that has many of pytest's plugins: a file for its folder `tests`, run by `test_crowd`."""

import asyncio
from datetime import UTC, datetime

import freezegun
import httpx
import pytest

from mockcrm import Crm

FIRST_TRIES: list[str] = []


def test_that_passes_when_it_is_run_again(crm: Crm, http: httpx.Client) -> None:
    http.get("/events")
    FIRST_TRIES.append(crm.name)
    assert len(FIRST_TRIES) % 2 == 0
    crm.assert_clean()


@pytest.mark.disable_socket
def test_that_may_use_no_socket(crm: Crm) -> None:
    assert crm.seed(2, seed=1)["events"] == 2


@pytest.mark.enable_socket
def test_that_may_use_sockets(crm: Crm, http: httpx.Client, module_crm: Crm) -> None:
    assert http.get("/events").status_code == 200
    crm.assert_clean()
    assert module_crm.name != crm.name


@pytest.mark.enable_socket
@pytest.mark.asyncio
async def test_of_asyncio(crm: Crm) -> None:
    await wait_for_a_sync(crm)


@pytest.mark.enable_socket
@pytest.mark.anyio
async def test_of_anyio(crm: Crm) -> None:
    await wait_for_a_sync(crm)


async def wait_for_a_sync(crm: Crm) -> None:
    async with httpx.AsyncClient(base_url=crm.url) as client:
        waiting = asyncio.create_task(crm.verify_async({"operation": "listEvents"}, timeout="20s"))
        await asyncio.sleep(0)
        await client.get("/events")
        await waiting
    await crm.assert_clean_async()


@freezegun.freeze_time("2001-01-01")
def test_in_a_frozen_world(crm: Crm) -> None:
    assert datetime.now(UTC).year == 2001
    with pytest.raises(AssertionError, match="expected at least 1 request"):
        crm.verify({"operation": "listEvents"}, timeout="20ms")
