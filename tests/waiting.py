"""Waiting for what no request can wait for, and clocks of the world that a test turns itself."""

import time
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from tests.forking import PATIENCE


def until(holds: Callable[[], object]) -> None:
    """Ask again and again, until something holds that no request can wait for."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline


def called(monkeypatch: pytest.MonkeyPatch, of: type, method: str) -> Event:
    """What is set once somebody calls a method of a class."""
    happened, real = Event(), getattr(of, method)

    def noted(*arguments: Any, **more: Any) -> Any:
        happened.set()
        return real(*arguments, **more)

    monkeypatch.setattr(of, method, noted)
    return happened


def out_of_time(monkeypatch: pytest.MonkeyPatch, after: float, once: Event) -> None:
    """For commands under test the world's time stands still; once something has happened, `after` seconds have passed.

    So a command's time-out comes neither before nor long after that, on machines of any speed.
    """
    monkeypatch.setattr("mockcrm.trials.command.real_seconds", lambda: after if once.is_set() else 0.0)
