"""An attack on one server, in lives of a hundred requests, each of which begins with the same state."""

import contextlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.attack.judge import Case, Problem, problems
from tests.attack.requests import LIFE, Arsenal, Pool, Request
from tests.attack.victim import Kind, Victim
from tests.attack.watch import ByLists, BySnapshots, Caller, Watch
from tests.attack.wire import Answer, Broken, Connection

_TERM = 40
"""After how many lives a server with shut controls, which nobody can bring back, is started anew."""
_GRACE = 5
"""How many more requests a state gets that runs, or has grown large."""
_STALLED = 5
"""How many connections are left half-way at a time."""
_LOST = (Broken, TimeoutError, ConnectionError)

Progress = Callable[["Figures"], None]
Show = Callable[[Request, list[Answer]], None]


def life_of(number: int) -> int:
    """The number of the request that begins the life of another one."""
    return number // LIFE * LIFE


@dataclass
class Figures:
    """What came of an attack. `memory` is in bytes, a figure for each life; `slowest` is seconds and a number."""

    requests: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, 0)
    memory: list[int] = field(default_factory=list)
    compared: int = 0
    restarts: int = 0
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    def memory_held(self) -> tuple[int, int, int]:
        """How many bytes were held at first, in the second third, and in the last: the least, as the allocator gives
        back late what one life needed.
        """
        third = len(self.memory) // 3
        windows = (self.memory[:1], self.memory[third : 2 * third + 1], self.memory[-third - 1 :])
        start, later, end = (min(window) for window in windows)
        return start, later, end


class Campaign:
    """The attack of one seed on a server of one kind."""

    def __init__(self, victim: Victim, seed: int, tell: Progress | None, show: Show | None) -> None:
        self.kind, self.figures = victim.kind, Figures()
        self._tell, self._show = tell, show
        self._victim = victim
        self._stalled: list[Connection] = []
        self._prepared: bytes | None = None
        self._open()
        self._arsenal = Arsenal(seed, json.loads(self._call("GET", "/openapi.json")), self._scenarios())

    def _open(self) -> None:
        self._call = Caller(self._victim.port)
        self._connection = Connection(self._victim.port)
        self._watch = self._watcher()
        self._faulty, self._grace = False, _GRACE

    def _watcher(self) -> Watch:
        if self.kind == "shut":
            return ByLists(self._call)
        watch = BySnapshots(self._call, self._prepared)
        self._prepared = watch.prepared
        return watch

    def _scenarios(self) -> list[str]:
        if self.kind == "shut":
            return ["index-lag"]
        return [each["name"] for each in json.loads(self._call("GET", "/admin/scenarios"))["scenarios"]]

    def hang_up(self) -> None:
        for connection in (*self._stalled, self._connection):
            connection.close()
        self._call.close()
        self._stalled.clear()

    def run(self, numbers: range) -> Figures:
        """Send the requests with these numbers, the first of which begins a life."""
        began = time.perf_counter()
        for start in numbers[::LIFE]:
            self._live(start, min(start + LIFE, numbers.stop))
            self.figures.seconds = time.perf_counter() - began
            if self._tell:
                self._tell(self.figures)
        return self.figures

    def _live(self, start: int, end: int) -> None:
        if self.kind == "shut" and start % (LIFE * _TERM) == 0 and start:
            self._begin_anew()
        try:
            self._prepare()
            self._attack(start, end)
        except _LOST as error:
            # The judge itself gets no answer: the server is stuck in, or has died of, one of these.
            self._report("hang", start, end - 1, f"The judge gets no answer: {type(error).__name__}: {error}")
            self.figures.restarts += 1
            self._begin_anew()
        self.figures.memory.append(self._victim.memory())
        for said in self._victim.complaints():
            self._report("stderr", start, end - 1, said)

    def _begin_anew(self) -> None:
        self.hang_up()
        self._victim.restart()
        self._open()

    def _prepare(self) -> None:
        self._pool: Pool = self._watch.prepare()
        self._known = {part: self._watch.look(part) for part in self._watch.parts}
        self._pending: dict[str, list[int]] = {part: [] for part in self._watch.parts}
        self._faulty, self._grace = False, _GRACE

    def _attack(self, start: int, end: int) -> None:
        for number in range(start, end):
            request = self._arsenal.request(number, self._pool)
            parts = self._watch.concerns(request)
            if self._may_change(request):
                self._compare(parts)
            granted = self._exchange(request)
            for part in parts:
                self._pending[part].append(number)
            if self._may_change(request):
                self._compare(parts, request, granted=granted and not request.reads)
            if self._grace < 0:
                self._prepare()
        self._compare(self._watch.parts)

    def _may_change(self, request: Request) -> bool:
        """Whether it changes the state if it is granted; controls that are not open grant an attacker nothing.

        Whoever wants to see one request has the state looked at around each of them.
        """
        lawful = not request.reads and (self.kind == "open" or request.reading.part == "api")
        return lawful or self._show is not None

    def _compare(self, parts: tuple[str, ...], request: Request | None = None, *, granted: bool = False) -> None:
        """Hold parts of the state against those before: only a request that was granted may have changed them."""
        for part in parts:
            if numbers := self._pending[part]:
                self._compare_part(part, numbers, request, granted=granted)
                self._pending[part] = []

    def _compare_part(self, part: str, numbers: list[int], request: Request | None, *, granted: bool) -> None:
        before, state = self._known[part], self._watch.look(part)
        self._known[part] = state
        self._faulty = self._faulty or self._watch.is_faulty(state)
        if not granted:
            self.figures.compared += 1
            if what := self._watch.difference(before, state):
                self._report("state", numbers[0], numbers[-1], f"{part}{what}", request)
        if self._watch.is_unruly(state):
            self._grace -= 1

    def _exchange(self, request: Request) -> bool:
        """Send a request and judge what comes of it; whether it was granted, or may have been."""
        self.figures.requests += 1
        if request.manner in ("cut", "stalled"):
            self._send_a_part(request)
            return False
        try:
            answers = [*self._answers(request)]
        except TimeoutError:
            return self._hung(request)
        except (Broken, ConnectionError) as error:
            return self._broke(request, error)
        if self._show:
            self._show(request, answers)
        granted = [self._judge(request, answer, alone=not at) for at, answer in enumerate(answers)]
        return any(granted)

    def _answers(self, request: Request) -> Iterator[Answer]:
        if request.manner == "kept":
            self._connection.send(request.data)
            answer = self._connection.answer(request.method)
            yield answer
            if self._connection.unasked:
                raise Broken(f"More came than was asked: {self._connection.unasked[:300]!r}")
            if answer.closes:
                self._reconnect()
            return
        connection = Connection(self._victim.port)
        try:
            connection.send(request.data)
            if request.manner == "alone":
                connection.end()
                yield from connection.answers(request.method)
        finally:
            connection.close()

    def _send_a_part(self, request: Request) -> None:
        connection = Connection(self._victim.port)
        connection.send(request.data[: -len(request.body) // 2 - 8] if request.number % 2 else request.data[:-12])
        if request.manner == "cut":
            connection.close()
            return
        self._stalled.append(connection)
        if len(self._stalled) > _STALLED:
            self._stalled.pop(0).close()

    def _reconnect(self) -> None:
        self._connection.close()
        self._connection = Connection(self._victim.port)

    def _judge(self, request: Request, answer: Answer, *, alone: bool) -> bool:
        self.figures.classes[f"{answer.status // 100}xx"] += 1
        self.figures.slowest = max(self.figures.slowest, (answer.seconds, request.number))
        for rule, what in problems(Case(self.kind, request, answer, self._may_fault(request), alone)):
            self._report(rule, request.number, request.number, what, request)
        return answer.status < 400 or self._may_fault(request)

    def _may_fault(self, request: Request) -> bool:
        return self._faulty or request.reading.sandbox not in ("default", "other")

    def _hung(self, request: Request) -> bool:
        self._report("hang", request.number, request.number, "No answer within five seconds.", request)
        self.figures.restarts += 1
        self._begin_anew()
        self._prepare()
        return True

    def _broke(self, request: Request, error: Exception) -> bool:
        """The connection came to an end before its time, as fault rules have it, and as ill-formed requests may."""
        with contextlib.suppress(OSError):
            self._reconnect()
        self.figures.classes["none"] += 1
        if not (request.ill_formed or (self._may_fault(request) and request.reading.part != "controls")):
            self._report("broken", request.number, request.number, str(error), request)
        return self._may_fault(request)

    def _report(self, rule: str, first: int, last: int, what: str, request: Request | None = None) -> None:
        self.figures.problems.append(Problem(rule, first, last, what, request))


def attack(kind: Kind, seed: int, numbers: range, *, tell: Progress | None = None, show: Show | None = None) -> Figures:
    """Attack a server of this kind with the requests of these numbers.

    `tell` is called after each life; `show` with each request and its answers.
    """
    with contextlib.closing(Victim(kind)) as victim:
        campaign = Campaign(victim, seed, tell, show)
        try:
            return campaign.run(numbers)
        finally:
            campaign.hang_up()
