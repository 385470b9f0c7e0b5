"""Scenarios drawn from a number, its seed: the same seed draws the same scenario.

A correct client passes each of them. So a scenario has no false answers, no knob that changes the shape of requests or
answers (a client is made for its CRM), and no edit that leaves the stamp as it was; and at its end time passes, and
nothing goes wrong any more. Users change only what an earlier sync has surely brought into their calendar.

Where a client follows other kinds of records than events, these are drawn as well (`mockcrm.trials.random_records`).
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Any

from mockcrm.base.declaring import dataclass
from mockcrm.base.times import parse_duration, parse_instant
from mockcrm.journal.operations import OF_EVENTS, OPERATIONS_OF
from mockcrm.trials.random_places import FAMILY_KNOBS, CalendarDrawing, places_of, users_of_families
from mockcrm.trials.random_records import RECORD_KNOBS, RecordDrawing, kinds_named

TRIAL_START = "2026-01-05T09:00:00Z"
"""When a scenario begins."""
READING_KNOBS: Mapping[str, Sequence[Any]] = {
    "since": ["exclusive"],
    "pageSize": [1, 2, 3],
    "paging": ["snapshot"],
    "timestampPrecision": ["second"],
    "indexLag": ["1s", "1m"],
    "tombstoneRetention": ["30m"],
    "pageTokenLife": ["1m"],
    "deltaOrder": ["reverse", "shuffled"],
}
"""Knobs that matter for reading, and with which no correct client loses anything."""
WRITING_KNOBS: Mapping[str, Sequence[Any]] = {
    "pageSize": [1, 2],
    "indexLag": ["1s", "1m"],
    "omittedFromLists": [["description"], ["attendees", "location"]],
    "privateInLists": ["busy"],
    "normalization": [["trim"], ["lowerCaseAddresses", "crlf"]],
    "writeAnswer": ["staleTag"],
}
"""Knobs that matter for writing, likewise."""
LOST_ANSWERS: Sequence[Any] = (
    {"status": {"status": 503, "when": "after"}},
    {"disconnect": {"when": "after"}},
    "truncate",
)
"""What leaves a client in the dark about a write that the CRM has carried out."""
PASSING_FAULTS: Sequence[Any] = ({"status": 503}, "disconnect", "malformed", *LOST_ANSWERS)
"""What goes wrong with a request, can be noticed, and passes."""
PAGING_QUIRKS: Sequence[Any] = ("emptyPage", "repeatPage")
"""What a list may do to a client that follows its page tokens."""
LATE, BACKDATED = ("1s", "1m", "4m"), ("-1s", "-1m", "-3m")
"""How late a version becomes visible, and how far a stamp is back: less than the lookback of a careful client."""
GAPS = ("1s", "1m", "6m", "45m")
"""How far the clock advances at once."""
SETTLED = "10m"
"""How long nothing happens before the last sync: longer than anything stays invisible."""
MOST_AT_FIRST = MOST_BETWEEN_SYNCS = 4
"""How many events there are at first, and how many things happen between two syncs, at most."""
WITH_RECORDS = 0.7
"""In how many of the scenarios of a client that follows other kinds there are records of these."""
NEAR, FAR = 14, 80
"""Within how many days events take place."""
GUEST = {"emailAddress": "guest@acme.example", "status": "Accepted"}


def new_contents(number: int) -> Mapping[str, dict[str, Any]]:
    """By its kind, content that there was never before with another number: so every version says something else.

    >>> new_contents(6)["location"]
    {'location': 'Room 6'}
    """
    return {
        "subject": {"subject": f"Call {number}"},
        "wording": {"subject": f" Call {number} ", "description": f"One\n{number}"},
        "location": {"location": f"Room {number}"},
        "nowhere": {"subject": f"Call {number}", "location": None},
        "description": {"description": f"Text {number}"},
        "attendees": {"attendees": [GUEST, {"emailAddress": f"Guest{number}@acme.example"}]},
        "private": {"private": True, "subject": f"Call {number}"},
    }


def random_scenario(seed: int, *, writing: bool = True, kinds: Sequence[str] = ()) -> Mapping[str, Any]:
    """The scenario of a seed: the content of a fixture file, as JSON's types.

    Where `writing`, users may act in the calendar on the other side. Records of these `kinds` may be there, too.

    >>> random_scenario(17) == random_scenario(17)
    True
    """
    draw = random.Random(seed)
    drawing = _Drawing(draw, is_written=writing and draw.random() < 0.6)
    if kinds and draw.random() < WITH_RECORDS:
        drawing.records = RecordDrawing(draw, kinds_named(kinds), drawing.modifiers)
    match places_of(seed):
        case "calendars":
            drawing.calendars = CalendarDrawing.of(draw, drawing.modifiers)
        case "children":
            drawing.has_families = True
            drawing.records = drawing.records or users_of_families(draw, drawing.modifiers)
    return drawing.document(f"Random trial {seed}")


@dataclass
class _Calendar:
    """What the user surely sees in the calendar on the other side, and the names of the `entries` made there.

    `arriving` are events that a sync brings from an instant on, and `leaving` those that the next one may take away.
    """

    seen: list[str] = field(default_factory=list)
    arriving: dict[str, timedelta] = field(default_factory=dict)
    leaving: set[str] = field(default_factory=set)
    entries: int = 0

    def synced(self, now: timedelta, *, is_disturbed: bool) -> None:
        self.seen = [name for name in self.seen if name not in self.leaving]
        if is_disturbed:
            return
        for name, visible in [*self.arriving.items()]:
            if visible <= now:
                del self.arriving[name]
                self.seen += [name] if name not in self.leaving else []
        self.leaving.clear()


@dataclass
class _Drawing:
    """A scenario while it is drawn.

    `living` and `deleted` are events that colleagues may still change: not those that a client deletes, or a colleague
    at an instant that is not known before. `expected` has the subjects of entries that the user made and left alone.
    A sync is disturbed `while_faulty`, and something may happen in it while it `has_rules`. Rows move on their pages
    where `moves_rows`: then no version may be late. `records` are those of other kinds, and `calendars` other ones
    than the primary, if there are any. Where it `has_families`, meetings with users have child events.
    """

    draw: random.Random
    is_written: bool
    dialect: dict[str, Any] = field(default_factory=dict)
    steps: list[Any] = field(default_factory=list)
    calendar: _Calendar = field(default_factory=_Calendar)
    living: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)
    now: timedelta = timedelta()
    while_faulty: bool = False
    has_rules: bool = False
    moves_rows: bool = False
    keys: int = 0
    words: int = 0
    records: RecordDrawing | None = None
    calendars: CalendarDrawing | None = None
    has_families: bool = False

    def document(self, title: str) -> Mapping[str, Any]:
        self._draw_dialect()
        self._draw_family_knobs()
        same_stamps = not self.moves_rows and self._by_chance(0.15)
        sections = self.records.sections() if self.records else {}
        sections |= self.calendars.records.sections(least=1) if self.calendars else {}
        events = [self._new_event() for _ in range(self.draw.randint(1, MOST_AT_FIRST))]
        self._sync()
        for _ in range(self.draw.choice([1, 1, 2])):
            for _ in range(self.draw.randint(1, MOST_BETWEEN_SYNCS)):
                self.draw.choice(self._kinds())()
            self._sync()
        self._settle()
        counted = [{"like": {"subject": subject}, "count": 1} for subject in self.expected.values()]
        return {
            "title": title,
            "clock": {"now": TRIAL_START, **({"tick": "0ms"} if same_stamps else {})},
            **({"dialect": self.dialect} if self.dialect else {}),
            **sections,
            "events": events,
            "steps": self.steps,
            **({"expect": {"events": counted}} if counted else {}),
        }

    def _draw_dialect(self) -> None:
        knobs = WRITING_KNOBS if self.is_written else READING_KNOBS
        self.moves_rows = not self.is_written and self._by_chance(0.15)
        if self.moves_rows:
            self.dialect = {"paging": "offset", "pageSize": self.draw.randint(1, 3)}
            return
        for name in self.draw.sample(sorted(knobs), self.draw.choice([0, 1, 1, 2, 3])):
            self.dialect[name] = self.draw.choice(knobs[name])
        if self.records:
            self._draw_record_knobs(self.records)

    def _draw_family_knobs(self) -> None:
        if self.has_families:
            self.dialect["childEvents"] = "users"
            for name in self.draw.sample(sorted(FAMILY_KNOBS), self.draw.choice([0, 1, 2])):
                self.dialect[name] = self.draw.choice(FAMILY_KNOBS[name])

    def _draw_record_knobs(self, records: RecordDrawing) -> None:
        for name in self.draw.sample(sorted(RECORD_KNOBS), self.draw.choice([0, 1, 1, 2])):
            self.dialect[name] = self.draw.choice(RECORD_KNOBS[name])
        records.blocks = self.dialect.get("onDelete") == "block"

    def _kinds(self) -> Sequence[Callable[[], None]]:
        """What may happen, as often as it is to happen."""
        reading = [self._create, self._edit, self._edit, self._move, self._delete, self._restore, self._touch]
        reading += [self._advance, self._advance, self._disturb_read]
        reading += [] if self.moves_rows else [self._batch]
        reading += [self._change_record] * len(reading) + [self._link] * 3 if self.records else []
        reading += [self._change_calendar, *[self._move_away] * 4, *[self._move_back] * 4] if self.calendars else []
        if not self.is_written:
            return [*reading, self._change_between_pages, self._change_between_pages]
        user = [self._user_creates, self._user_edits, self._user_edits, self._user_deletes, self._clash]
        return [*reading, *user, *user, self._race, self._lose_answer, self._disturb_write]

    # The clock, and the client

    def _sync(self) -> None:
        self.steps.append("sync")
        self.calendar.synced(self.now, is_disturbed=self.while_faulty)

    def _advance(self, by: str = "") -> None:
        by = by or self.draw.choice(GAPS)
        self.now += parse_duration(by)
        self.steps.append({"advance": {"by": by}})

    def _settle(self) -> None:
        if self.has_rules:
            self.steps.append({"clearFaults": {}})
            self.while_faulty = False
        self._advance(SETTLED)
        self._sync()
        if self.is_written:
            self._sync()

    # Colleagues

    def _new_event(self, **modifiers: Any) -> dict[str, Any]:
        self.words += 1
        self.keys += 1
        key = f"event{self.keys}"
        self.living.append(key)
        lag = max(
            parse_duration(each or "0s") for each in (self.dialect.get("indexLag"), modifiers.get("visibleAfter"))
        )
        self.calendar.arriving[key] = self.now + lag
        extra = self._content() if self._by_chance(0.4) else {}
        return {"key": key, "subject": f"Call {self.words}", **self._times(), **extra, **modifiers}

    def _create(self) -> None:
        modifiers = self.modifiers()
        event = self._new_event(**modifiers)
        fields = {name: value for name, value in event.items() if name != "key" and name not in modifiers}
        self.steps.append({"create": {"key": event["key"], "set": fields, **modifiers}})

    def _edit(self) -> None:
        self._edit_one(set=self._content(), **self.modifiers())

    def _move(self) -> None:
        """An event moves into the next two weeks. No client that reads an interval sees events that move out of it."""
        self._edit_one(set=self._times(within=NEAR), **self.modifiers())

    def _touch(self) -> None:
        if self.living:
            self.steps.append({"touch": {"events": [self.draw.choice(self.living)], **self.modifiers()}})

    def _delete(self) -> None:
        if self.living:
            self._delete_event(self.draw.choice(self.living), **self.modifiers())

    def _delete_event(self, key: str, **modifiers: Any) -> None:
        self.steps.append({"delete": {"event": key, **modifiers}})
        self.living.remove(key)
        self.deleted.append(key)
        self.calendar.leaving.add(key)

    def _restore(self) -> None:
        if self.deleted:
            key = self.draw.choice(self.deleted)
            self.deleted.remove(key)
            self.living.append(key)
            self.steps.append({"restore": {"event": key}})

    def _batch(self) -> None:
        """Two events are edited at once, and get the same stamp."""
        self.steps.append({"clock": {"tick": "0ms"}})
        self._edit_one(set=self._content())
        self._edit_one(set=self._content())
        self.steps.append({"clock": {"tick": "1ms"}})

    def _edit_one(self, **what: Any) -> None:
        if self.living:
            self.steps.append({"edit": {"event": self.draw.choice(self.living), **what}})

    def modifiers(self) -> dict[str, Any]:
        """How a version may be late, or back-dated."""
        if self.moves_rows or self._by_chance(0.7):
            return {}
        return self.draw.choice([{"visibleAfter": self.draw.choice(LATE)}, {"stamp": self.draw.choice(BACKDATED)}])

    # Records of other kinds

    def _change_record(self) -> None:
        if self.records:
            self.steps += self.draw.choice(self.records.actions)()

    def _link(self) -> None:
        """A colleague has an event refer to another record."""
        if self.records and (links := self.records.links()):
            self._edit_one(set=links, **self.modifiers())

    def _change_calendar(self) -> None:
        if self.calendars:
            self.steps += self.calendars.change()

    def _move_away(self) -> None:
        """An event moves to another calendar: the client's has a tombstone."""
        if self.calendars and self.living:
            key = self.draw.choice(self.living)
            if step := self.calendars.away(key):
                self.steps.append(step)
                self.living.remove(key)
                self.calendar.leaving.add(key)

    def _move_back(self) -> None:
        if self.calendars and (found := self.calendars.back()):
            key, step = found
            self.steps.append(step)
            self.living.append(key)

    def _lists(self) -> Sequence[str]:
        """The lists of events, or those of another kind."""
        kinds = [OF_EVENTS, *(OPERATIONS_OF[kind.name] for kind in self.records.kinds)] if self.records else ()
        return self.draw.choice(kinds).lists if kinds else OF_EVENTS.lists

    # What goes wrong, and what happens around a request

    def _disturb_read(self) -> None:
        quirks = PAGING_QUIRKS if "pageSize" in self.dialect else ()
        self._fault(self._lists(), self.draw.choice([*PASSING_FAULTS, *quirks]), self.draw.choice([1, 1, 2]))

    def _disturb_write(self) -> None:
        self._fault(OF_EVENTS.writes, self.draw.choice(PASSING_FAULTS), 1)

    def _lose_answer(self) -> None:
        """The user's entry is created in the CRM, and the answer is lost."""
        self._fault(["createEvent"], self.draw.choice(LOST_ANSWERS), 1)
        self._user_creates()

    def _fault(self, operations: Sequence[str], effect: Any, times: int) -> None:
        self.while_faulty = self.has_rules = True
        self.steps.append({"fault": {"match": {"operation": [*operations]}, "effect": effect, "times": times}})

    def _change_between_pages(self) -> None:
        """A colleague changes something while a list is read. Whether the client asks so often is not known."""
        self._around({"operation": "listEvents", "nth": self.draw.choice([1, 2, 2, 3])})

    def _race(self) -> None:
        """The user edits what a colleague edits while the client writes."""
        if key := self._around({"operation": "getEvent", "when": "after"}):
            self._user_acts("edit", key, set=self._content())

    def _around(self, request: Mapping[str, Any]) -> str:
        if not self.living:
            return ""
        key = self.draw.choice(self.living)
        action: dict[str, Any] = {"edit": {"event": key, "set": self._content()}}
        if request["operation"] in OF_EVENTS.lists and self._by_chance(0.3):
            action = {"delete": {"event": key}}
            self.living.remove(key)
            self.calendar.leaving.add(key)
        self.has_rules = True
        self.steps.append({"on": dict(request), "do": [action], "times": 1})
        return key

    # The user

    def _user_creates(self) -> None:
        self.words += 1
        self.calendar.entries += 1
        name, subject = f"entry{self.calendar.entries}", f"Lunch {self.words}"
        self.calendar.seen.append(name)
        self.expected[name] = subject
        extra = self._content() if self._by_chance(0.4) else {}
        if self.records and (invited := self.records.invited()):
            extra = {**extra, "attendees": [*invited, GUEST]}
        content = {**self._times(), **extra, "subject": subject}
        self.steps.append({"mailbox": {"create": {"as": name, "set": content}}})

    def _user_edits(self) -> None:
        if self.calendar.seen:
            self._user_acts("edit", self.draw.choice(self.calendar.seen), set=self._content())

    def _user_deletes(self) -> None:
        if self.calendar.seen:
            name = self.draw.choice(self.calendar.seen)
            self._user_acts("delete", name)
            self.calendar.seen.remove(name)
            if name in self.living:
                self.living.remove(name)

    def _clash(self) -> None:
        """The user edits an event that a colleague edits or deletes."""
        if shared := [key for key in self.living if key in self.calendar.seen]:
            key, kind = self.draw.choice(shared), self.draw.choice(["subject", "location", "description"])
            if self._by_chance(0.25):
                self._delete_event(key)
            else:
                self.steps.append({"edit": {"event": key, "set": self._content(kind)}})
            self._user_acts("edit", key, set=self._content(kind))

    def _user_acts(self, verb: str, name: str, **what: Any) -> None:
        if name in self.calendar.seen:
            self.expected.pop(name, None)
            self.steps.append({"mailbox": {verb: {"event": name, **what}}})

    # Content

    def _content(self, kind: str = "") -> dict[str, Any]:
        self.words += 1
        contents = new_contents(self.words)
        normalized = ["wording"] * 4 if "normalization" in self.dialect else []
        return contents[kind or self.draw.choice([*sorted(contents), *normalized])]

    def _times(self, within: int = FAR) -> dict[str, str]:
        day = self.draw.randint(0, self.draw.choice([NEAR, within]))
        start = parse_instant(TRIAL_START) + timedelta(days=day, minutes=self.draw.randint(0, 24) * 15)
        return {"startTime": f"{start:%FT%TZ}", "endTime": f"{start + timedelta(hours=1):%FT%TZ}"}

    def _by_chance(self, chance: float) -> bool:
        return self.draw.random() < chance
