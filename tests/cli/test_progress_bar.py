"""A large start shows how far it is, to somebody who sits there and has waited for a second."""

import io
import re
from itertools import count

import click
import pytest

from mockcrm import Sandboxes, Scenario
from mockcrm.base.progress import watched_by
from mockcrm.cli.progress_bar import SILENT_SECONDS, LateBars


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, *, tick: float) -> str:
    """What is said while events are invented, by a clock that goes on by so many seconds with each look at it."""
    ticks = count()
    with watched_by(LateBars(stream, lambda: next(ticks) * tick)):
        sandboxes = Sandboxes(Scenario(generate=({"count": 400, "seed": 1},)))
    assert sandboxes.get("default").state.crm.store.events.live_count() == 400
    return stream.getvalue()


def test_a_bar_appears_after_a_second_and_comes_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    said = click.unstyle(shown(Terminal(), tick=SILENT_SECONDS / 100))
    first, *_, last = re.findall(r"Inventing events .* (\d+)%", said.replace("\r", "\n"))
    # A hundred of two hundred looks have passed by then.
    assert 40 < int(first) < 60
    assert (last, said[-1]) == ("100", "\n")


STREAMS = {"quick": (Terminal(), 0.0), "no terminal": (io.StringIO(), SILENT_SECONDS)}


@pytest.mark.parametrize(("stream", "tick"), STREAMS.values(), ids=STREAMS)
def test_nothing_is_said_of_a_quick_start_or_into_a_file(stream: io.StringIO, tick: float) -> None:
    assert shown(stream, tick=tick) == ""
