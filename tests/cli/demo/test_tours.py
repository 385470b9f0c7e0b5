"""Guided tours, steered by the demo's calls: the careless client loses what the cards say, and the other keeps it."""

import random
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

import mockcrm
from mockcrm import Sandboxes, create_app
from mockcrm.base.times import parse_instant
from mockcrm.cli.demo.playing import PlayedDemo
from mockcrm.cli.demo.team import Fortnight
from mockcrm.cli.demo.tours.catalogue import TOURS
from mockcrm.cli.demo.tours.tour import Card
from mockcrm.cli.demo.tours.touring import PlayedTour
from mockcrm.client.transport import in_process
from mockcrm.web.admin.demo import play
from tests.cli.demo.test_playing import APIS, shown_by

TOUR = "/tour"
THREADS = 8


class Guided:
    """A demo whose tours do not rest on their way, and whose own sync waits until it is asked."""

    def __init__(self, client: str = "reference") -> None:
        sandboxes = Sandboxes(Fortnight())
        self.app = create_app(sandboxes)
        sends = {name: in_process(self.app, path) for name, path in APIS.items()}
        self.demo = PlayedDemo(sandboxes, self.app, sends, client, chance=Random(7), breath=0)
        play(self.app, self.demo)
        self.crm = mockcrm.connect(self.app)
        self.mailbox = self.crm.sandbox("mailbox")
        if client != "none":
            self.demo.change(paused=True)
        self.demo.start()

    def call(self, method: str, path: str = "", body: Any = None, status: int = 200) -> Any:
        answer = self.app.test_client().open(f"/admin/demo{path}", method=method, json=body)
        assert answer.status_code == status, answer.text
        return answer.json

    def start(self, name: str, **more: bool) -> Any:
        self.call("POST", TOUR, {"name": name, **more})
        return self.standing()

    def go_to(self, card: int) -> Any:
        """The tour, once it stands at a card."""
        self.call("PATCH", TOUR, {"card": card})
        return self.standing()

    def standing(self) -> Any:
        while (tour := self.call("GET", f"{TOUR}?wait=10s"))["moving"]:
            pass
        return tour

    @property
    def world(self) -> Any:
        """What there is to see: both calendars, the time, and who has asked what."""
        asked = [(each["client"], each["operation"]) for each in self.crm.requests.all()]
        return shown_by(self.crm), shown_by(self.mailbox), self.crm.clock.get()["now"], asked


@pytest.fixture
def guided() -> Guided:
    return Guided()


def mailbox_shows(field: str) -> Callable[[Guided], Any]:
    return lambda guided: sorted(str(each[field]) for each in as_records(guided.mailbox))


def crm_shows(field: str) -> Callable[[Guided], Any]:
    return lambda guided: sorted(str(each[field]) for each in as_records(guided.crm))


def as_records(side: mockcrm.Crm) -> list[Any]:
    return [*side.events.all()]


def writes(guided: Guided) -> Any:
    return guided.crm.requests.count({"method": ("PATCH", "PUT")})


LOST: Mapping[str, tuple[set[str], Callable[[Guided], Any], Any, Any]] = {
    "equal-timestamps": (
        {"change.outOfReach"},
        mailbox_shows("startTime"),
        ["2026-03-04T10:00:00.000Z", "2026-03-04T12:00:00.000Z"],
        ["2026-03-05T10:00:00.000Z", "2026-03-06T12:00:00.000Z"],
    ),
    "late-commit": (
        {"change.outOfReach"},
        mailbox_shows("startTime"),
        ["2026-03-04T09:00:00.000Z"],
        ["2026-03-05T09:00:00.000Z"],
    ),
    "expired-tombstone": ({"deletion.expired"}, mailbox_shows("subject"), ["Contract review"], []),
    "expired-token": (
        {"read.abandoned", "change.outOfReach"},
        mailbox_shows("subject"),
        ["Call"],
        ["Call", "Demo"],
    ),
    "moved-out-of-window": (
        {"window.movedOut"},
        mailbox_shows("startTime"),
        ["2026-03-04T09:00:00.000Z"],
        ["2026-09-02T09:00:00.000Z"],
    ),
    "lost-answer": (
        {"duplicate.retried"},
        mailbox_shows("subject"),
        ["Lunch with Ada Moreno", "Lunch with Ada Moreno"],
        ["Lunch with Ada Moreno"],
    ),
    "blind-overwrite": (
        {"overwrite.blind"},
        crm_shows("startTime"),
        ["2026-03-04T09:00:00.000Z"],
        ["2026-03-05T09:00:00.000Z"],
    ),
    "feedback-loop": ({"write.pingPong"}, writes, 4, 1),
}
"""Of each tour what the audit names, what to look at, and what that is for the careless and for the careful client."""


@pytest.mark.parametrize("name", LOST)
def test_a_tour_runs_to_its_end_and_the_audit_names_what_the_careless_client_alone_got_wrong(
    guided: Guided, name: str
) -> None:
    codes, look, lost, kept = LOST[name]
    tour = guided.start(name)
    assert (tour["card"], tour["run"], tour["runs"], tour["earlier"]) == (
        1,
        "careless",
        {"careless": None, "careful": None},
        None,
    )
    runs = []
    for card in range(1, tour["cards"] + 1):
        tour = guided.go_to(card)
        assert (tour["card"], tour["problem"]) == (card, None)
        runs.append((tour["run"], {each for each, run in tour["runs"].items() if run}))
        if runs[-1] == ("careless", {"careless"}):
            assert look(guided) == lost
            (account,) = guided.crm.audit()["clients"]
            assert account["client"] == "careless"
            found = [each for each in account["findings"] if each["code"] in codes]
            assert tour["runs"]["careless"]["findings"] == found
    assert [run for run, _ in runs] == sorted((run for run, _ in runs), reverse=True), "first the careless client"
    assert ("careless", {"careless"}) in runs
    assert runs[-1] == ("careful", {"careless", "careful"})

    assert look(guided) == kept
    assert shown_by(guided.mailbox) == shown_by(guided.crm)
    careless, careful = (tour["runs"][run] for run in ("careless", "careful"))
    assert (careless["client"], careless["outcome"]) == ("careless", "failed")
    assert {each["code"] for each in careless["findings"]} == codes
    assert careless["reasons"]
    assert (careful["client"], careful["outcome"], careful["reasons"], careful["findings"]) == (
        "careful",
        "passed",
        [],
        [],
    )
    assert careless["advice"] == careful["advice"] != ""
    assert [each["run"] for each in tour["texts"]] == [*(run for run, _ in runs[:-1]), None]


@pytest.mark.parametrize("name", TOURS)
def test_a_tour_is_a_story_of_two_minutes_in_a_few_cards_of_a_few_sentences(name: str) -> None:
    tour = TOURS[name]
    assert 3 <= len(tour.cards) <= 6
    assert 90 <= sum(card.reading_time for card in tour.cards) <= 165
    for card in tour.cards:
        assert 1 <= len(re.findall(r"[.:?](?= |$)", card.text)) <= 6, card.title
        assert len(card.text) < 330, card.title
    assert [card.beat for card in tour.cards if card.run == "careless"] == sorted(
        {card.beat for card in tour.cards if card.run == "careless"}
    )


def test_a_demo_says_which_tours_there_are(guided: Guided) -> None:
    shown = guided.call("GET")
    assert [each["name"] for each in shown["tours"]] == [*LOST]
    assert all(each["title"] and each["about"].endswith(".") for each in shown["tours"])
    assert {each["hazard"] for each in shown["tours"]} < {hazard.name for hazard in mockcrm.hazards()}
    assert shown["tour"] is None
    shown = guided.call("POST", TOUR, {"name": "late-commit"})
    assert shown["tour"]["title"] == TOURS["late-commit"].title
    assert guided.standing().keys() > shown["tour"].keys()


def test_both_runs_begin_at_the_same_instant_and_the_careless_one_is_kept_for_the_axis(guided: Guided) -> None:
    guided.start("late-commit")
    careless_end = guided.go_to(4)
    assert careless_end["earlier"] is None
    requests, changes = guided.crm.requests.all(), guided.crm.changes()
    tour = guided.go_to(5)
    assert tour["run"] == "careful"
    assert tour["earlier"] == {
        "client": "careless",
        "requests": requests,
        "changes": changes,
        "findings": tour["runs"]["careless"]["findings"],
    }
    assert {each["client"] for each in requests} == {"careless"}
    first = guided.crm.requests.all()[0]
    assert (first["client"], first["arrivedAt"]) == ("careful", requests[0]["arrivedAt"])


def test_one_can_go_back_and_replay_and_go_anywhere_at_once(guided: Guided) -> None:
    guided.start("late-commit")
    seen = {}
    for card in range(1, 7):
        guided.go_to(card)
        seen[card] = guided.world
    assert len({str(each) for each in seen.values()}) == 6, "each card shows something else"
    for card in (2, 1, 5, 4, 6, 3, 1):
        tour = guided.go_to(card)
        assert guided.world == seen[card]
        assert all(tour["runs"].values()), "results that are known stay known"
        assert (tour["earlier"] is None) == (card <= 4)


def test_the_last_card_can_be_asked_for_at_the_first(guided: Guided) -> None:
    guided.start("blind-overwrite")
    tour = guided.go_to(5)
    assert (tour["run"], tour["runs"]["careless"]["outcome"], tour["runs"]["careful"]["outcome"]) == (
        "careful",
        "failed",
        "passed",
    )


def test_a_tour_stands_still_until_it_is_steered(guided: Guided) -> None:
    guided.start("late-commit")
    tour = guided.go_to(2)
    assert (tour["playing"], tour["secondsLeft"], tour["moving"]) == (False, None, False)
    before = guided.world
    assert guided.call("PATCH", TOUR, {"card": 2})["tour"]["moving"] is False
    guided.call("PATCH", TOUR, {})
    assert guided.world == before


def test_a_tour_that_plays_goes_on_by_itself_to_its_last_card(guided: Guided, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Card, "reading_time", 0.0)
    tour = guided.start("feedback-loop", playing=True)
    while tour["card"] < tour["cards"]:
        tour = guided.standing()
    tour = guided.standing()
    assert (tour["playing"], tour["secondsLeft"], tour["runs"]["careful"]["outcome"]) == (False, None, "passed")


def test_a_tour_that_is_paused_keeps_the_time_that_is_left(guided: Guided, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Card, "reading_time", 1_000.0)
    tour = guided.start("late-commit", playing=True)
    assert (tour["card"], tour["playing"]) == (1, True)
    assert 800 < tour["secondsLeft"] <= 1_000
    tour = guided.call("PATCH", TOUR, {"playing": False})["tour"]
    assert (tour["card"], tour["playing"], tour["secondsLeft"]) == (1, False, None)
    monkeypatch.setattr(Card, "reading_time", 2_000.0)
    tour = guided.call("PATCH", TOUR, {"playing": True})["tour"]
    assert 800 < tour["secondsLeft"] <= 1_000
    tour = guided.call("PATCH", TOUR, {"card": 2})["tour"]
    assert guided.standing()["secondsLeft"] > 1_800, "each card has its own time"


def test_the_mailbox_has_the_time_of_the_crm(guided: Guided) -> None:
    guided.start("expired-tombstone")
    for card in (1, 2, 3):
        guided.go_to(card)
        assert guided.mailbox.clock.now() == guided.crm.clock.now()
    assert guided.crm.clock.now() > parse_instant("2026-04-01T00:00:00Z")


def test_while_a_tour_plays_the_sync_stands_still_and_at_its_end_the_demo_begins_anew(guided: Guided) -> None:
    guided.call("POST", "/sync")
    before = shown_by(guided.crm)
    guided.start("lost-answer")
    assert guided.call("GET")["client"]["syncing"] is False
    shown = guided.call("DELETE", TOUR)
    assert (shown["tour"], shown["client"]["rounds"]) == (None, 0)
    assert (shown_by(guided.crm), guided.crm.requests.all()) == (before, [])
    guided.call("POST", "/sync")
    assert shown_by(guided.mailbox) == shown_by(guided.crm) == before


def test_a_tour_can_be_started_from_within_another_and_again_after_a_reset(guided: Guided) -> None:
    guided.start("late-commit")
    guided.go_to(3)
    tour = guided.start("lost-answer")
    assert (tour["name"], tour["card"], tour["runs"]["careless"]) == ("lost-answer", 1, None)
    assert mailbox_shows("subject")(guided) == ["Lunch with Ada Moreno"]
    assert guided.call("POST", "/reset")["tour"] is None
    assert len(shown_by(guided.crm)) == 40
    assert guided.start("late-commit")["card"] == 1
    assert guided.go_to(6)["runs"]["careful"]["outcome"] == "passed"
    assert [each.name for each in threading.enumerate()].count("tour") >= 1
    guided.call("DELETE", TOUR)


def test_while_a_tour_takes_the_place_of_another_one_of_the_two_plays(
    guided: Guided, monkeypatch: pytest.MonkeyPatch
) -> None:
    guided.start("late-commit")
    seen = []

    def begun(*arguments: Any, **more: Any) -> PlayedTour:
        seen.extend([guided.call("GET", TOUR)["name"], guided.call("GET")["tour"]["name"]])
        return PlayedTour(*arguments, **more)

    monkeypatch.setattr("mockcrm.cli.demo.playing.PlayedTour", begun)
    assert guided.start("lost-answer")["name"] == "lost-answer"
    assert seen == ["late-commit", "late-commit"]
    guided.call("DELETE", TOUR)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/colleague", None), ("POST", "/sync", None), ("PATCH", "", {"safeguards": {"tombstones": False}})],
)
def test_what_would_disturb_a_tour_is_refused(guided: Guided, method: str, path: str, body: Any) -> None:
    guided.start("late-commit")
    before, shown = guided.world, guided.call("GET")
    refusal = guided.call(method, path, body, status=409)
    assert (refusal["code"], "late-commit" in refusal["message"]) == ("tour.running", True)
    assert (guided.world, guided.call("GET")) == (before, shown)
    guided.call("DELETE", TOUR)
    guided.call(method, path, body)


def test_where_no_tour_plays_there_is_none_to_steer(guided: Guided) -> None:
    for method, body in (("GET", None), ("PATCH", {"card": 1}), ("DELETE", None)):
        refusal = guided.call(method, TOUR, body, status=409)
        assert (refusal["code"], "POST /admin/demo/tour" in refusal["message"]) == ("tour.notRunning", True)
    client = create_app().test_client()
    bodies: dict[str, Any] = {"GET": None, "POST": {"name": "late-commit"}, "PATCH": {}, "DELETE": None}
    for method, body in bodies.items():
        answer = client.open("/admin/demo/tour", method=method, json=body)
        assert (answer.status_code, answer.json["code"]) == (409, "demo.notRunning")  # type: ignore[index]


def test_a_client_from_outside_takes_no_tour() -> None:
    outside = Guided("none")
    refusal = outside.call("POST", TOUR, {"name": "late-commit"}, status=409)
    assert (refusal["code"], "--client none" in refusal["message"]) == ("demo.notRunning", True)
    assert len(shown_by(outside.crm)) == 40


@pytest.mark.parametrize(
    "body",
    [
        *({"card": each} for each in (0, -1, 7, 2**70, True, "1", 1.5, None, [1])),
        *({"playing": each} for each in ("yes", 1, None)),
        {"card": 1, "cards": 2},
        {"name": "late-commit"},
        [],
        "late-commit",
        None,
    ],
)
def test_a_card_that_there_is_none_of_is_refused_and_the_tour_stays_as_it_is(guided: Guided, body: Any) -> None:
    before = guided.start("late-commit")
    refusal = guided.call("PATCH", TOUR, body, status=400 if body is None else 422)
    assert refusal["code"] in {"demo.invalid", "body.malformed"}
    assert guided.call("GET", TOUR) == before


@pytest.mark.parametrize(
    "body",
    [
        *(
            {"name": each}
            for each in ("late-comit", "LATE-COMMIT", "", "x" * 100_000, "\x00", 5, None, True, ["late-commit"])
        ),
        {"playing": True},
        {"name": "late-commit", "playing": "yes"},
        {"name": "late-commit", "card": 2},
        [],
    ],
)
def test_a_tour_that_there_is_none_of_is_refused_and_nothing_changes(guided: Guided, body: Any) -> None:
    before = guided.world[:2]
    refusal = guided.call("POST", TOUR, body, status=422)
    assert refusal["code"] == "demo.invalid"
    assert len(str(refusal)) < 2_000
    assert (guided.world[:2], guided.call("GET")["tour"]) == (before, None)
    if body == {"name": "late-comit"}:
        assert "Did you mean late-commit?" in refusal["message"]


@pytest.mark.parametrize("what", ["crm", "mailbox", "sandbox", "another scenario"])
def test_where_somebody_resets_a_side_alone_the_run_begins_anew_and_the_tour_goes_on(guided: Guided, what: str) -> None:
    guided.start("late-commit")
    guided.go_to(3)
    expected = guided.world
    guided.go_to(2)
    if what == "sandbox":
        guided.app.test_client().delete("/admin/sandboxes/mailbox")
    elif what == "another scenario":
        guided.crm.scenario.load("quickstart")
    else:
        getattr(guided, what).reset()
    guided.go_to(3)
    assert guided.world == expected
    assert guided.go_to(6)["runs"]["careful"]["outcome"] == "passed"


def test_a_tour_that_cannot_go_on_says_why_and_goes_on_when_it_is_steered(guided: Guided) -> None:
    guided.start("late-commit")
    guided.crm.scenario.drop()
    tour = guided.go_to(3)
    assert (tour["card"], tour["moving"]) == (3, False)
    assert "No scenario is loaded" in tour["problem"]
    tour = guided.go_to(4)
    assert (tour["problem"], tour["runs"]["careless"]["outcome"]) == (None, "failed")


def test_a_tour_that_crashes_says_so_and_can_be_ended(guided: Guided, monkeypatch: pytest.MonkeyPatch) -> None:
    guided.start("late-commit")
    with monkeypatch.context() as patched:
        patched.setattr(PlayedTour, "_record", lambda *_: 1 / 0)
        tour = guided.go_to(4)
    assert (tour["moving"], tour["problem"]) == (False, "The tour crashed: ZeroDivisionError: division by zero")
    assert guided.go_to(5)["problem"] is None
    guided.call("DELETE", TOUR)


@pytest.mark.parametrize("how", ["end", "back", "another", "reset"])
def test_a_request_that_is_delayed_keeps_nobody_waiting(guided: Guided, how: str) -> None:
    guided.start("late-commit")
    guided.crm.faults.add({"delay": "5m"}, match={"operation": "listEvents"})
    guided.call("PATCH", TOUR, {"card": 4})
    arrived = {"requests": [{"operation": "listEvents", "query": {"since": {"matches": "^2026"}}}], "timeout": "30s"}
    assert guided.app.test_client().post("/admin/verify", json=arrived).json["passed"]  # type: ignore[index]
    if how == "back":
        assert guided.go_to(1)["problem"] is None
    elif how == "another":
        assert guided.start("lost-answer")["name"] == "lost-answer"
    else:
        guided.call(*(("DELETE", TOUR) if how == "end" else ("POST", "/reset")))
        assert len(shown_by(guided.crm)) == 40
        assert guided.crm.requests.all() == []


def test_whatever_many_do_at_once_a_tour_can_be_played_afterwards(guided: Guided) -> None:
    def somebody(number: int) -> None:
        chance = random.Random(number)
        client = guided.app.test_client()
        for _ in range(12):
            calls: tuple[tuple[str, str, Any], ...] = (
                ("POST", "/tour", {"name": chance.choice([*TOURS])}),
                ("PATCH", "/tour", {"card": chance.randrange(1, 8)}),
                ("PATCH", "/tour", {"card": chance.randrange(1, 8), "playing": chance.random() < 0.5}),
                ("DELETE", "/tour", None),
                ("POST", "/reset", None),
                ("POST", "/colleague", None),
                ("GET", "/tour", None),
                ("GET", "", None),
            )
            method, path, body = chance.choice(calls)
            answer = client.open(f"/admin/demo{path}", method=method, json=body)
            assert answer.status_code in (200, 409, 422), answer.text

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(somebody, range(THREADS)))
    guided.call("POST", "/reset")
    assert guided.call("GET")["tour"] is None
    assert len(shown_by(guided.crm)) == 40
    guided.call("POST", "/sync")
    assert shown_by(guided.mailbox) == shown_by(guided.crm)
    guided.start("equal-timestamps")
    tour = guided.go_to(6)
    assert (tour["runs"]["careless"]["outcome"], tour["runs"]["careful"]["outcome"]) == ("failed", "passed")


def test_what_happened_in_a_tour_can_be_replayed(guided: Guided) -> None:
    guided.start("lost-answer")
    guided.go_to(3)
    bundle = guided.crm.bundle()
    assert bundle["verdict"]["verdict"] == "failed"


def test_the_control_client_steers_the_demo_and_its_tours(guided: Guided) -> None:
    demo = guided.crm.demo
    assert demo.change(every=10, safeguards={"tombstones": False})["client"]["every"] == 10
    assert demo.sync()["client"]["rounds"] == 1
    assert demo.colleague()["seq"] == guided.crm.changes()[-1]["seq"]
    name = demo.get()["tours"][1]["name"]
    started = demo.start_tour(name, playing=False)["tour"]
    assert started
    assert (started["name"], started["playing"]) == (name, False)
    demo.steer_tour(card=started["cards"])
    while (tour := demo.tour(wait="10s"))["moving"]:
        pass
    assert tour["runs"]["careful"]
    assert tour["runs"]["careful"]["outcome"] == "passed"
    with pytest.raises(mockcrm.Refused, match="No tour is called"):
        demo.start_tour("nothing")
    assert demo.end_tour()["tour"] is None
    with pytest.raises(mockcrm.Refused, match="No tour is playing here"):
        demo.tour()
    assert demo.reset()["client"]["rounds"] == 0
    assert mockcrm.connect(create_app()).demo.get() == {"running": False}
