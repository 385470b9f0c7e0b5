"""The controls of the demo that a server plays (`mockcrm demo`)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mockcrm.client.connection import AdminApi, chosen

if TYPE_CHECKING:
    # Whoever runs a test needs no types, and imports none.
    from mockcrm.client.types import ColleagueEdit, Demo, DurationLike, WholeTour

__tracebackhide__ = True
"""See `mockcrm.client.crm`."""


class DemoControls:
    """The demo of the server, whichever its sandbox, and its tours (`docs/how-to/demo.md`).

    Where no demo runs, all calls but `get` raise `Refused`.
    """

    def __init__(self, admin: AdminApi) -> None:
        self._admin = admin

    def get(self) -> "Demo":
        """The demo, if one is `running`: its mailbox, its client, how the sync goes, and its tours.

        >>> crm.demo.get()
        {'running': False}
        """
        demo: Demo = self._admin.ask("GET", "/demo")
        return demo

    def change(
        self, *, paused: bool | None = None, every: float | None = None, safeguards: Mapping[str, bool] | None = None
    ) -> "Demo":
        """Pause the sync or let it go on, set the seconds between two rounds, switch safeguards by their names.

        `every` is from 0.5 to 60.
        """
        demo: Demo = self._admin.ask("PATCH", "/demo", chosen(paused=paused, every=every, safeguards=safeguards))
        return demo

    def sync(self) -> "Demo":
        """Sync once, even while the sync is paused, and wait for that, at most ten seconds."""
        demo: Demo = self._admin.ask("POST", "/demo/sync")
        return demo

    def reset(self) -> "Demo":
        """Start the CRM, the mailbox and the client over. A tour that is playing ends."""
        demo: Demo = self._admin.ask("POST", "/demo/reset")
        return demo

    def colleague(self) -> "ColleagueEdit":
        """Have a colleague change one event in the CRM, and return which and how."""
        edit: ColleagueEdit = self._admin.ask("POST", "/demo/colleague")
        return edit

    def start_tour(self, name: str, *, playing: bool | None = None) -> "Demo":
        """Start a tour, in place of one that is playing; with `playing=True` it goes on by itself.

        Raises `Refused` for a name that is not among the `tours` of `get`.
        """
        demo: Demo = self._admin.ask("POST", "/demo/tour", chosen(name=name, playing=playing))
        return demo

    def tour(self, *, wait: "DurationLike | None" = None) -> "WholeTour":
        """The tour that is playing: where it stands, what its cards say, and how its runs have ended.

        `wait` is how long to wait, at most ten seconds, until it stands at its card. Raises `Refused` if none plays.
        """
        tour: WholeTour = self._admin.ask("GET", "/demo/tour", **chosen(wait=wait))
        return tour

    def steer_tour(self, *, card: int | None = None, playing: bool | None = None) -> "Demo":
        """Go to a card of the tour, forward or back, by its number from 1; pause it, or let it go on by itself."""
        demo: Demo = self._admin.ask("PATCH", "/demo/tour", chosen(card=card, playing=playing))
        return demo

    def end_tour(self) -> "Demo":
        """End the tour. The demo's CRM, mailbox and client start over."""
        demo: Demo = self._admin.ask("DELETE", "/demo/tour")
        return demo
