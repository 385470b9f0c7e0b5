"""What `mockcrm serve --load` starts from where it is given a bundle: what happened, replayed to its end."""

from functools import partial
from typing import Any

import click

from mockcrm.base.collecting import making_many
from mockcrm.base.declaring import dataclass
from mockcrm.base.times import format_instant
from mockcrm.cli.console import echo
from mockcrm.cli.settings import Options
from mockcrm.cli.watching import WatchedFile
from mockcrm.client import report
from mockcrm.sandbox.bundle import Bundle, load_bundle
from mockcrm.sandbox.sandboxes import Sandboxes
from mockcrm.web.app import create_app
from mockcrm.web.replaying import play_bundle


def replayed_start(document: Any, given: Options) -> "ReplayedStart":
    """The start that a bundle gives. Raises `ReplayInvalid` and `click.UsageError`."""
    if given["dialect"] or given["seed"] is not None or given["count"] or given["frozen_at"]:
        raise click.UsageError("A bundle is replayed as it was: leave out --dialect, --seed, --count and --frozen-at.")
    with making_many():
        return ReplayedStart(load_bundle(document), given["mask"], given["keep_answers"] or 0)


@dataclass
class ReplayedStart:
    """The CRM is as it was at the end of what the bundle has, with its journal. The clock stands still."""

    bundle: Bundle
    mask: tuple[str, ...]
    keep_answers: int
    watched: WatchedFile | None = None

    def sandboxes(self, **limits: Any) -> Sandboxes:
        """Sandboxes with these limits. Says on standard error how answers and verdict differ from the recorded ones.

        Raises `SandboxFull`, `ReplayInvalid` and `FaultInvalid`.
        """
        sandboxes = Sandboxes(**limits)
        self.bundle.start.crm.holding.join(sandboxes.memory)
        played = play_bundle(self.bundle, partial(create_app, mask=self.mask, keep_answers=self.keep_answers))
        sandboxes.begin_replayed(played.sandbox)
        if played.divergences or played.changed:
            for line in report.on_replay(played.divergences, played.changed):
                echo(line, err=True, styled=True)
        return sandboxes

    def check(self) -> None:
        """Reading it has checked it."""

    def words(self) -> str:
        ended = format_instant(self.bundle.ended)
        return f"a bundle with {len(self.bundle.steps)} requests, replayed to {ended}, when the clock stands still"

    def numbers(self) -> dict[str, Any]:
        ended = format_instant(self.bundle.ended)
        return {"kind": "bundle", "requests": len(self.bundle.steps), "now": ended, "mode": "frozen"}
