"""Work in a process of its own."""

import os
import time

import pytest

from mockcrm.base.time_limit import TimedOut, run_with_timeout


def shouted(word: str) -> str:
    return word.upper()


def refused(word: str) -> str:
    raise ValueError(word)


def died() -> None:
    os._exit(3)


def test_what_work_returns_comes_back() -> None:
    assert run_with_timeout(30, shouted, "a") == "A"


def test_what_work_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="bad"):
        run_with_timeout(30, refused, "bad")


def test_work_without_an_end_is_ended() -> None:
    with pytest.raises(TimedOut, match=r"not done after 0\.5 seconds"):
        run_with_timeout(0.5, time.sleep, 3600)


def test_work_whose_process_dies_is_told_of() -> None:
    with pytest.raises(TimedOut, match="process died"):
        run_with_timeout(30, died)
