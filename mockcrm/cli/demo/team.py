"""The CRM of the demo: a team's calendar around today, and a colleague who changes it; and the mailbox, empty."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from mockcrm.base.times import DAY, format_instant, midnight
from mockcrm.client.transport import Send
from mockcrm.crm.clock import ClockSetting
from mockcrm.crm.event import Event
from mockcrm.errors import DemoInvalid, SandboxNotFound
from mockcrm.errors.text import shortened
from mockcrm.sandbox.sandbox import Sandbox
from mockcrm.sandbox.sandboxes import MAILBOX, Sandboxes
from mockcrm.sandbox.scenario.scenario import Scenario
from mockcrm.sandbox.state import State
from mockcrm.sandbox.upcoming import MAX_NAME
from mockcrm.web.representations.demo import ColleagueJson

_EVENTS = 40
_SEED = 19
_AHEAD = 12
"""Among how many events to come the colleague chooses."""
_PLACES = ("Online", "Room Noether", "Room Turing", "The café across the street")
_HALF_AN_HOUR = timedelta(minutes=30)
_SUBJECT = "Call with the team"
_NOTES = ("Please bring the contract.", "They asked for a second date, just in case.", "Dial in ten minutes early.")

_Edit = tuple[Mapping[str, Any], str]
"""An action, and a sentence about it."""


class Fortnight(Scenario):
    """A team's calendar from a week before today to a week after, in a CRM whose clock runs.

    The events were made an hour ago: a client that looks back some minutes does not read them again in each round.
    """

    def start(self) -> State:
        return self.around(datetime.now(UTC))

    @staticmethod
    def around(now: datetime) -> State:
        """The calendar around an instant, at which the clock stands."""
        today = midnight(now)
        order = {"count": _EVENTS, "seed": _SEED, "start": today - 7 * DAY, "end": today + 8 * DAY}
        state = Scenario(clock=ClockSetting(now - timedelta(hours=1)), generate=(order,)).start()
        state.crm.clock.set(now)
        return state


def new_mailbox(sandboxes: Sandboxes, clock: ClockSetting = ClockSetting()) -> None:
    """Empty the mailbox, or make it. Raises `SandboxLimit`."""
    scenario = Scenario(clock=clock)
    try:
        sandboxes.load(sandboxes.get(MAILBOX), scenario)
    except SandboxNotFound:
        sandboxes.create(MAILBOX, scenario)


class Colleague:
    """Changes one event at a time, through the CRM's controls (`send`, with `headers`), so that it can be replayed."""

    def __init__(self, crm: Callable[[], Sandbox], send: Send, headers: Mapping[str, str], chance: Random) -> None:
        self._crm, self._send, self._headers, self._chance = crm, send, headers, chance

    def edit(self) -> ColleagueJson:
        """Change one of the events that come next, or make one if there is none. Raises `DemoInvalid`."""
        now, ahead = self._ahead()
        if not ahead:
            return self._perform(*_invitation(now))
        event = self._chance.choice(ahead)
        (verb,) = self._chance.choices((self._moved, self._relocated, self._annotated, _cancelled), (4, 4, 2, 1))
        return self._perform(*verb(event))

    def _ahead(self) -> tuple[datetime, list[Event]]:
        """The CRM's time, and the events that come next."""
        with self._crm().open() as state:
            now = state.crm.clock.now()
            ahead = [change.event for change in state.crm.store.events.live() if change.event.start > now]
        return now, ahead[:_AHEAD]

    def _perform(self, action: Any, sentence: str) -> ColleagueJson:
        answer = self._send("POST", "/actions", {}, action, self._headers)
        if answer.status >= 400:
            raise DemoInvalid(f"The colleague's edit was refused: {answer.json['message']}")
        (result,) = answer.json["results"]
        return {"eventId": result["eventId"], "seq": result["seq"], "sentence": sentence}

    def _moved(self, event: Event) -> _Edit:
        by, words = (DAY, "a day") if event.all_day else (self._chance.choice((1, 2)) * _HALF_AN_HOUR, "")
        times = {"startTime": event.start + by, "endTime": event.end + by}
        minutes = words or f"{by // timedelta(minutes=1)} minutes"
        changes = {name: format_instant(instant) for name, instant in times.items()}
        return _edited(event, changes, f"moved {_quoted(event)} by {minutes}")

    def _relocated(self, event: Event) -> _Edit:
        place = self._chance.choice([each for each in _PLACES if each != event.location])
        return _edited(event, {"location": place}, f"changed the location of {_quoted(event)} to {place}")

    def _annotated(self, event: Event) -> _Edit:
        note = self._chance.choice([each for each in _NOTES if each != event.description])
        return _edited(event, {"description": note}, f"wrote into {_quoted(event)}: “{note}”")


def _edited(event: Event, changes: Mapping[str, Any], what: str) -> _Edit:
    return {"edit": {"event": event.id, "set": changes}}, f"A colleague {what}."


def _cancelled(event: Event) -> _Edit:
    return {"delete": {"event": event.id}}, f"A colleague cancelled {_quoted(event)}."


def _invitation(now: datetime) -> _Edit:
    start = midnight(now) + timedelta(days=1, hours=9)
    times = {"startTime": format_instant(start), "endTime": format_instant(start + _HALF_AN_HOUR)}
    return {"create": {"set": {"subject": _SUBJECT, **times}}}, f"A colleague invited you to “{_SUBJECT}”."


def _quoted(event: Event) -> str:
    return f"“{shortened(event.subject or 'an event without a subject', MAX_NAME)}”"
