"""A small client that only reads, with httpx and asyncio: as a command, and as an object in a Python process.

As a command: `mockcrm trial --no-mailbox --no-writes -- python httpx_client.py`. In a process:
`mockcrm.trial(HttpxClient, mailbox=False, writes=False)`.
"""

import asyncio
import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import httpx

LOOKBACK = timedelta(minutes=10)
FULL_READ = timedelta(days=1)
ATTEMPTS = 4


class GaveUp(Exception):
    """A sync that failed. The next one may succeed."""


class Expired(GaveUp):
    """The CRM refuses a watermark or a page token as too old."""


class HttpxClient:
    """A copy of the CRM's events, and how far it has read."""

    def __init__(self, url: str, state: dict | None = None) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=10)
        self.state = state or {"events": {}, "since": None, "read_all_at": None}

    def replica(self) -> dict:
        return self.state["events"]

    async def close(self) -> None:
        await self.http.aclose()

    async def sync(self) -> None:
        if self.state["since"] is None:
            await self.read_all()
            return
        try:
            as_of, _ = await self.read({"since": self.state["since"], "showDeleted": "true"})
        except Expired:
            await self.read_all()
            return
        self.state["since"] = before(as_of)
        if instant(as_of) - instant(self.state["read_all_at"]) >= FULL_READ:
            await self.read_all()

    async def read_all(self) -> None:
        """Read everything. An event that is missing is read by its id before it counts as deleted."""
        as_of, ids = await self.read({})
        for missing in self.state["events"].keys() - ids:
            response = await self.get(f"/events/{missing}")
            if response.status_code in (404, 410):
                del self.state["events"][missing]
        self.state |= {"since": before(as_of), "read_all_at": as_of}

    async def read(self, query: dict) -> tuple[str, set[str]]:
        """Read a list to its last page, and return the asOf of the first, with the ids of all rows."""
        first, ids, tokens = None, set(), set()
        while True:
            page = await self.page(query)
            first = first or page["asOf"]
            for row in page["records"]:
                ids.add(row["id"])
                if row.get("deleted"):
                    self.state["events"].pop(row["id"], None)
                else:
                    self.state["events"][row["id"]] = row
            if page["nextPageToken"] is None:
                return first, ids
            if page["nextPageToken"] in tokens:
                raise GaveUp("The page tokens form a loop.")
            tokens.add(page["nextPageToken"])
            query = {"pageToken": page["nextPageToken"]}

    async def page(self, query: dict) -> dict:
        response = await self.get("/events", query)
        if response.status_code == 410:
            raise Expired(response.text)
        if response.is_error:
            raise GaveUp(f"{response.status_code}: {response.text}")
        return response.json()

    async def get(self, path: str, query: dict | None = None) -> httpx.Response:
        """The answer to a request, repeated while there is none, or only a 5xx, or half of one."""
        problem = ""
        for attempt in range(ATTEMPTS):
            try:
                response = await self.http.get(path, params=query)
                problem = f"{response.status_code}: {response.text}"
                if response.status_code == 429:
                    break  # The next sync comes soon enough.
                if response.status_code < 500:
                    response.json()
                    return response
            except (httpx.TransportError, json.JSONDecodeError) as error:
                problem = f"{path}: {error}"
            await asyncio.sleep(0.1 * 2**attempt)
        raise GaveUp(problem)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def before(as_of: str) -> str:
    return (instant(as_of) - LOOKBACK).isoformat()


async def main() -> None:
    """Sync once, as a command."""
    file = Path(os.environ["CRM_STATE"], "state.json")
    client = HttpxClient(os.environ["CRM_URL"], json.loads(file.read_text()) if file.exists() else None)
    await client.sync()
    file.write_text(json.dumps(client.state))
    Path(os.environ["CRM_REPLICA"]).write_text(json.dumps(client.replica()))
    await client.close()


if __name__ == "__main__":
    asyncio.run(main())
