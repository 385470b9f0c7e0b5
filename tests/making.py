"""Sandboxes that a test makes as it likes."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.served import Crm

Make = Callable[..., Crm]

_names = (f"own{number}" for number in itertools.count(1))


@contextmanager
def making(http: httpx.Client) -> Iterator[Make]:
    """Gives what makes a sandbox from the body of an order; afterwards they are all gone."""
    made: list[str] = []

    def make(**order: Any) -> Crm:
        response = http.post("/admin/sandboxes", json={"name": next(_names), **order})
        assert response.status_code == 201, response.text
        made.append(response.json()["name"])
        return Crm(http, response.json()["path"])

    yield make
    for name in made:
        http.delete(f"/admin/sandboxes/{name}")


def name_of(crm: Crm) -> str:
    return crm.path.removeprefix("/sandboxes/")
