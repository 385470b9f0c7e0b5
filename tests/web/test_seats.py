"""Requests are given seats in the order in which they came, and nobody holds a seat while waiting."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from mockcrm.web import seats as module
from mockcrm.web.seats import SEATS, Seats

LONG = 60


@dataclass
class Guest:
    """Work that says when it begins, and ends when it may; in between it may be `away`."""

    name: str
    goes_away: bool = False
    begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class House:
    """Seats with real threads. `order` has the guests as they were seated, `most` how many sat at once."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.most = self.now = 0
        self.lock = threading.Lock()
        self.threads: list[threading.Thread] = []
        self.seats: Seats[Guest] = Seats(self.serve, self.start)

    def start(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        self.threads.append(thread)
        thread.start()

    def serve(self, guest: Guest) -> None:
        with self.lock:
            self.order.append(guest.name)
            self.now += 1
            self.most = max(self.most, self.now)
        guest.begun.set()
        if guest.goes_away:
            with self.seats.away():
                guest.may_end.wait(LONG)
        else:
            guest.may_end.wait(LONG)
        with self.lock:
            self.now -= 1
        guest.ended.set()

    def enter(self, *names: str, goes_away: bool = False) -> list[Guest]:
        guests = [Guest(name, goes_away) for name in names]
        for guest in guests:
            self.seats.enter(guest)
        return guests


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    for thread in house.threads:
        thread.join(LONG)
        assert not thread.is_alive()


def end(*guests: Guest) -> None:
    for guest in guests:
        guest.may_end.set()
    for guest in guests:
        assert guest.ended.wait(LONG)


def test_so_many_run_at_a_time_and_the_others_in_their_order(house: House) -> None:
    names = [str(number) for number in range(4 * SEATS)]
    guests = house.enter(*names)
    for guest in guests[:SEATS]:
        assert guest.begun.wait(LONG)
    assert house.seats.crowded
    assert not guests[SEATS].begun.is_set()
    for guest in guests:
        end(guest)
    assert sorted(house.order[:SEATS]) == names[:SEATS]
    assert house.order[SEATS:] == names[SEATS:]
    assert house.most == SEATS
    assert not house.seats.crowded


def test_who_waits_leaves_the_seat_to_others(house: House) -> None:
    waiting = house.enter(*"abcdefgh", goes_away=True)
    for guest in waiting:
        assert guest.begun.wait(LONG)
    (other,) = house.enter("other")
    assert other.begun.wait(LONG)
    end(other, *waiting)


def test_who_comes_back_sits_down_as_one_too_many_and_no_seat_is_lost(house: House) -> None:
    (absent,) = house.enter("absent", goes_away=True)
    assert absent.begun.wait(LONG)
    guests = house.enter(*(str(number) for number in range(SEATS + 1)))
    for guest in guests[:SEATS]:
        assert guest.begun.wait(LONG)
    end(absent)
    house.threads[0].join(LONG)
    assert not guests[SEATS].begun.is_set(), "all seats are taken"
    end(*guests)
    again = house.enter(*(f"again {number}" for number in range(SEATS)))
    for guest in again:
        assert guest.begun.wait(LONG)
    end(*again)


def test_those_who_never_move_count_no_longer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(module, "real_seconds", lambda: now)
    stuck = house.enter(*(f"stuck {number}" for number in range(SEATS)))
    for guest in stuck:
        assert guest.begun.wait(LONG)
    (other,) = house.enter("other")
    house.seats.relieve()
    assert house.seats.crowded, "it is too early"
    now += 2 * module.RELIEF
    house.seats.relieve()
    assert other.begun.wait(LONG)
    *more, last = house.enter(*(f"more {number}" for number in range(SEATS + 1)))
    for guest in more:
        assert guest.begun.wait(LONG)
    end(*stuck)
    for thread in house.threads[:SEATS]:
        thread.join(LONG)
    assert not last.begun.is_set(), "those who were stuck have no seats any more"
    end(other, *more, last)


def test_only_who_has_a_seat_leaves_one(house: House) -> None:
    with house.seats.away():
        guests = house.enter(*(str(number) for number in range(SEATS + 1)))
        for guest in guests[:SEATS]:
            assert guest.begun.wait(LONG)
        assert not guests[SEATS].begun.is_set()
    end(*guests)


def test_a_thread_that_has_left_its_seat_for_good_does_not_come_back_to_it() -> None:
    runs: list[Callable[[], None]] = []
    done: list[int] = []
    seats = Seats(done.append, runs.append)
    seats.enter(0)
    runs.pop()()
    with seats.away():
        pass
    for number in range(1, SEATS + 1):
        seats.enter(number)
    assert len(runs) == SEATS
    for run in runs:
        run()
    assert done == [*range(SEATS + 1)]
