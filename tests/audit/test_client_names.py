"""Which names are one client: renewed tokens, expired ones, and what the requests do not settle (issue 16, point 3)."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from mockcrm.web.replay import replay
from tests.samples import TIMES
from tests.served import Crm, error

Story = Callable[["Caller"], None]


@dataclass
class Caller:
    """A client of a few lines. Its token is made of the word `token` and a number; `renew` takes the next one."""

    crm: Crm
    token: str = "first"
    renews: bool = True
    name: str | None = None
    ids: list[str] = field(default_factory=list)
    as_of: str = ""

    @property
    def headers(self) -> dict[str, str]:
        named = {"X-Mockcrm-Client": self.name} if self.name else {}
        return {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **named}

    def renew(self) -> None:
        if self.renews:
            self.token += "+"

    def ask(self, method: str, path: str, body: Any = None, headers: Any = None, **parameters: Any) -> Any:
        sent = {**self.headers, **(headers or {})}
        return self.crm.api(method, path, body, params=parameters, headers=sent)

    def read(self, **parameters: Any) -> list[Any]:
        """All pages of a list; `as_of` is where the next read begins."""
        rows: list[Any] = []
        page = self.ask("GET", "/events", **parameters).json()
        self.as_of, rows = page["asOf"], page["records"]
        while page["nextPageToken"]:
            page = self.ask("GET", "/events", pageToken=page["nextPageToken"]).json()
            rows += page["records"]
        self.ids = self.ids or [row["id"] for row in rows]
        return rows

    def follow(self, **parameters: Any) -> list[Any]:
        return self.read(since=self.as_of, **parameters)


def seed(crm: Crm, *keys: str) -> None:
    crm.act(*({"create": {"set": {"subject": key, **TIMES}, "key": key}} for key in keys))
    crm.advance("1m")


def edit(crm: Crm, key: str, **how: Any) -> None:
    crm.act({"edit": {"event": key, "set": {"location": "Room 7"}, **how}})
    crm.advance("1m")


def clients(crm: Crm) -> list[Any]:
    audited: list[Any] = crm.admin("GET", "/audit").json()["clients"]
    return audited


def codes(account: Any) -> list[str]:
    return [found["code"] for found in account["findings"]]


def only(crm: Crm) -> Any:
    """The only client there is."""
    (account,) = clients(crm)
    return account


def notes(crm: Crm) -> list[Any]:
    return [each for account in clients(crm) for each in account["findings"] if each["code"] == "client.ambiguous"]


# Stories that give the same findings with a renewed token and without


def missed(caller: Caller) -> None:
    seed(caller.crm, "review", "stay")
    caller.read()
    edit(caller.crm, "review", visibleAfter="5m")
    caller.follow(showDeleted="true")
    caller.renew()
    for _ in range(3):
        caller.crm.advance("1h")
        caller.follow(showDeleted="true")


def never_asked_for(caller: Caller) -> None:
    seed(caller.crm, "review", "stay")
    caller.read()
    caller.crm.act({"delete": {"event": "review"}})
    caller.crm.advance("1m")
    caller.renew()
    for _ in range(3):
        caller.crm.advance("1h")
        caller.follow()


def blind(caller: Caller) -> None:
    seed(caller.crm, "review", "stay")
    caller.read()
    edit(caller.crm, "review")
    caller.renew()
    caller.ask("PATCH", f"/events/{caller.ids[0]}", {"location": "Room 1"})


def retried(caller: Caller) -> None:
    effect = {"status": {"status": 503, "when": "after"}}
    caller.crm.act({"fault": {"match": {"operation": "createEvent"}, "effect": effect, "times": 1}})
    caller.ask("POST", "/events", {"subject": "Lunch", **TIMES})
    caller.renew()
    caller.ask("POST", "/events", {"subject": "Lunch", **TIMES})


def uploaded_again(caller: Caller) -> None:
    caller.ask("POST", "/events", {"subject": "Lunch", **TIMES})
    caller.renew()
    caller.ask("POST", "/events", {"subject": "Lunch", **TIMES})


def abandoned(caller: Caller) -> None:
    caller.crm.set_dialect(pageSize=1)
    seed(caller.crm, "review", "stay")
    caller.read()
    edit(caller.crm, "review")
    edit(caller.crm, "stay")
    fault = {"match": {"operation": "listEvents", "page": 2}, "effect": {"status": 401}, "times": 1}
    caller.crm.act({"fault": fault})
    first = caller.ask("GET", "/events", since=caller.as_of, showDeleted="true").json()
    assert caller.ask("GET", "/events", pageToken=first["nextPageToken"]).status_code == 401
    caller.as_of = first["asOf"]
    caller.renew()
    for _ in range(3):
        caller.crm.advance("1h")
        caller.follow(showDeleted="true")


def deleted_blindly(caller: Caller) -> None:
    seed(caller.crm, "review")
    caller.read()
    edit(caller.crm, "review")
    caller.renew()
    caller.ask("DELETE", f"/events/{caller.ids[0]}")


def created_first(caller: Caller) -> None:
    """The first requests of the new token say nothing; they count as soon as a later one does."""
    seed(caller.crm, "review")
    caller.read()
    edit(caller.crm, "review", bump=False)
    caller.renew()
    for number in range(3):
        caller.ask("POST", "/events", {"subject": f"Lunch {number}", **TIMES})
    caller.crm.advance("1h")
    caller.follow()
    caller.follow()


def brought_back(caller: Caller) -> None:
    seed(caller.crm, "review")
    (row,) = caller.read()
    caller.crm.act({"delete": {"event": "review"}})
    caller.crm.advance("1m")
    caller.follow()
    caller.renew()
    caller.follow()
    caller.ask("POST", "/events", {name: row[name] for name in ("subject", "startTime", "endTime")})


def echoed(caller: Caller) -> None:
    seed(caller.crm, "review")
    (row,) = caller.read()
    for _ in range(4):
        caller.ask("PATCH", f"/events/{row['id']}", {"subject": row["subject"]})
        caller.crm.advance("1m")
        caller.follow()
        caller.renew()


def drifted(caller: Caller) -> None:
    day = {"allDay": True, "startTime": "2026-02-02", "endTime": "2026-02-03"}
    caller.crm.act({"create": {"set": {"subject": "Fair", **day}}})
    (row,) = caller.read()
    for number in range(3, 8):
        body = {"startTime": f"2026-02-{number:02}", "endTime": f"2026-02-{number + 1:02}"}
        caller.ask("PATCH", f"/events/{row['id']}", body)
        caller.crm.advance("1m")
        caller.follow()
        caller.renew()


STORIES = [
    (missed, "change.outOfReach"),
    (never_asked_for, "deletion.neverAskedFor"),
    (blind, "overwrite.blind"),
    (retried, "duplicate.retried"),
    (uploaded_again, "duplicate.alike"),
    (abandoned, "read.abandoned"),
    (deleted_blindly, "overwrite.deletion"),
    (created_first, "change.outOfReach"),
    (brought_back, "resurrection.unaware"),
    (echoed, "write.pingPong"),
    (drifted, "write.drift"),
]


@pytest.mark.parametrize(("story", "code"), STORIES, ids=lambda each: getattr(each, "__name__", ""))
def test_a_renewed_token_changes_no_finding(crm: Crm, story: Story, code: str) -> None:
    outcomes = []
    for renews, name in ((False, None), (True, None), (True, "sync")):
        crm.controls.reset(empty=True)
        story(Caller(crm, renews=renews, name=name))
        account = only(crm)
        assert code in codes(account), (renews, name)
        outcomes.append([(found["code"], found["requests"], found["hazard"]) for found in account["findings"]])
        outcomes.append([account["pending"], *account["stats"].values()])
    assert outcomes[:2] == outcomes[2:4] == outcomes[4:]


def token_name(number: int) -> str:
    """How the journal names a token that was renewed so many times."""
    token = f"Bearer first{'+' * number}"
    return f"token-{hashlib.sha256(token.encode()).hexdigest()[:8]}"


# What shows that a token was renewed


def by_page_token(caller: Caller) -> None:
    caller.crm.set_dialect(pageSize=1)
    seed(caller.crm, "review", "stay")
    page = caller.ask("GET", "/events").json()
    caller.renew()
    caller.ask("GET", "/events", pageToken=page["nextPageToken"])


def by_as_of(caller: Caller) -> None:
    seed(caller.crm, "review")
    caller.read()
    caller.renew()
    caller.follow()


def by_the_largest_stamp(caller: Caller) -> None:
    seed(caller.crm, "review")
    (row,) = caller.read()
    caller.renew()
    caller.read(since=row["lastModifiedAt"])


def by_a_millisecond_after_the_stamp(caller: Caller) -> None:
    seed(caller.crm, "review")
    caller.read()
    caller.renew()
    caller.read(since=caller.as_of.replace("1Z", "2Z"))


def by_a_lookback(caller: Caller) -> None:
    """Between two writes no clock of a test stands at a whole minute."""
    seed(caller.crm, "review")
    caller.crm.act({"clock": {"now": "2026-01-05T09:31:17.482Z"}})
    caller.read()
    caller.renew()
    caller.read(since="2026-01-05T09:21:17.482Z")


def by_a_lookback_that_it_had_before(caller: Caller) -> None:
    seed(caller.crm, "review")
    for hour, since in ((10, None), (11, "09:50"), (12, "10:50")):
        caller.crm.act({"clock": {"now": f"2026-01-05T{hour}:00:00Z"}})
        caller.read(**({"since": f"2026-01-05T{since}:00Z"} if since else {}))
    caller.renew()
    caller.read(since="2026-01-05T11:50:00Z")


def by_its_own_watermark(caller: Caller) -> None:
    seed(caller.crm, "review")
    caller.read()
    caller.read(since="2026-01-05T08:50:00Z")
    caller.renew()
    caller.read(since="2026-01-05T08:50:00Z")


def by_an_id(caller: Caller) -> None:
    seed(caller.crm, "review")
    (row,) = caller.read()
    caller.renew()
    caller.ask("GET", f"/events/{row['id']}")


def by_the_id_of_its_own_event(caller: Caller) -> None:
    made = caller.ask("POST", "/events", {"subject": "Lunch", **TIMES}).json()
    caller.renew()
    caller.ask("DELETE", f"/events/{made['id']}")


def by_a_tag(caller: Caller) -> None:
    """Another client knows the event, but not this version."""
    seed(caller.crm, "review")
    Caller(caller.crm, name="somebody else").read()
    (row,) = caller.read()
    written = caller.ask("PATCH", f"/events/{row['id']}", {"location": "Room 1"})
    caller.renew()
    tag = {"If-Match": written.headers["ETag"]}
    assert caller.ask("PATCH", f"/events/{row['id']}", {"location": "Room 2"}, tag).status_code == 200


def by_a_key(caller: Caller) -> None:
    key = {"Idempotency-Key": "lunch-1"}
    caller.ask("POST", "/events", {"subject": "Lunch", **TIMES}, key)
    caller.renew()
    assert caller.ask("POST", "/events", {"subject": "Lunch", **TIMES}, key).status_code == 201


def by_the_same_body(caller: Caller) -> None:
    caller.crm.act({"fault": {"match": {"operation": "createEvent"}, "effect": {"status": 503}, "times": 1}})
    caller.ask("POST", "/events", {"subject": "Lunch", **TIMES})
    caller.renew()
    caller.ask("POST", "/events", {"subject": "Lunch", **TIMES})


def by_the_request_that_was_refused(caller: Caller) -> None:
    """It asks for everything with an expired token, renews that, and asks once more."""
    seed(caller.crm, "review")
    caller.read()
    caller.crm.act({"fault": {"match": {}, "effect": {"expireCredentials": {}}, "times": 1}})
    error(caller.ask("GET", "/events"), 401, "credentials.invalid")
    caller.renew()
    caller.read()


SIGNS = [
    by_page_token,
    by_as_of,
    by_the_largest_stamp,
    by_a_millisecond_after_the_stamp,
    by_a_lookback,
    by_a_lookback_that_it_had_before,
    by_its_own_watermark,
    by_an_id,
    by_the_id_of_its_own_event,
    by_a_key,
    by_the_same_body,
    by_the_request_that_was_refused,
]


@pytest.mark.parametrize("sign", SIGNS)
def test_a_token_is_a_renewed_one_if_it_uses_what_only_the_old_one_had(crm: Crm, sign: Story) -> None:
    sign(Caller(crm))
    account = only(crm)
    assert (account["client"], account["names"]) == (token_name(0), [token_name(0), token_name(1)])
    assert notes(crm) == []
    assert account["stats"]["requests"] == len(crm.admin("GET", "/requests").json()["requests"])


def test_a_tag_of_a_version_that_nobody_else_was_sent_shows_it_too(crm: Crm) -> None:
    by_a_tag(Caller(crm))
    assert [each["names"] for each in clients(crm)] == [["somebody else"], [token_name(0), token_name(1)]]


@pytest.mark.parametrize("sign", [sign for sign in SIGNS if sign is not by_the_request_that_was_refused])
def test_two_tokens_in_turns_are_two_clients(crm: Crm, sign: Story) -> None:
    """The same signs prove nothing if the old token is in use all the time."""
    caller = Caller(crm)
    sign(caller)
    Caller(crm).ask("GET", "/events")
    assert [each["names"] for each in clients(crm)] == [[name] for name in sorted((token_name(0), token_name(1)))]
    (note,) = notes(crm)
    assert "came back" in note["explanation"]
    assert "X-Mockcrm-Client" in note["advice"]
    assert "http://" in note["advice"]


# Chains


def test_a_client_that_renews_its_token_all_the_time_is_one_client(crm: Crm) -> None:
    seed(crm, "review")
    caller = Caller(crm)
    caller.read()
    for number in range(30):
        caller.renew()
        if number == 10:
            edit(crm, "review", bump=False)
        crm.advance("1h")
        caller.follow()
    account = only(crm)
    assert (account["client"], account["names"]) == (token_name(0), [token_name(each) for each in range(31)])
    assert (codes(account), account["stats"]) == (["change.outOfReach"], {"requests": 31, "events": 1})


def test_a_name_in_the_middle_of_a_chain_that_comes_back_ends_it(crm: Crm) -> None:
    seed(crm, "review")
    caller = Caller(crm)
    caller.read()
    for _ in range(3):
        caller.renew()
        crm.advance("1h")
        caller.follow()
    Caller(crm, token="first+").ask("GET", "/events")
    assert len(clients(crm)) == 4
    assert len(notes(crm)) == 3


def test_after_that_a_new_chain_may_begin(crm: Crm) -> None:
    seed(crm, "review")
    caller = Caller(crm)
    caller.read()
    caller.renew()
    caller.follow()
    Caller(crm).ask("GET", "/events")
    crm.advance("1h")
    caller.follow()
    caller.renew()
    caller.follow()
    assert sorted(each["names"] for each in clients(crm)) == sorted([[token_name(0)], [token_name(1), token_name(2)]])


def test_a_refusal_of_the_old_token_does_not_say_that_it_is_in_use(crm: Crm) -> None:
    """Two threads of one client: the second still asks with the token that the first has renewed."""
    seed(crm, "review")
    caller = Caller(crm)
    caller.read()
    crm.act({"fault": {"match": {}, "effect": {"expireCredentials": {}}, "times": 1}})
    assert caller.ask("GET", "/events", since=caller.as_of).status_code == 401
    old = caller.token
    caller.renew()
    caller.follow()
    assert Caller(crm, token=old).ask("GET", f"/events/{caller.ids[0]}").status_code == 401
    caller.ask("GET", f"/events/{caller.ids[0]}")
    assert (only(crm)["names"], notes(crm)) == ([token_name(0), token_name(1)], [])


# What is not settled


def test_a_full_read_may_be_a_new_client_and_a_note_says_how_to_settle_it(crm: Crm) -> None:
    seed(crm, "review")
    Caller(crm).read()
    Caller(crm, "second").read()
    assert len(clients(crm)) == 2
    (note,) = notes(crm)
    assert (note["severity"], note["requests"]) == ("note", [1, 2])
    assert "as a new client does" in note["explanation"]
    assert crm.admin("GET", "/audit").json()["clean"]


def test_there_is_no_note_while_both_are_in_use(crm: Crm) -> None:
    seed(crm, "review")
    one, other = Caller(crm), Caller(crm, "second")
    for each in (one, other, one, other, one):
        each.read()
    assert (len(clients(crm)), notes(crm)) == (2, [])


def test_two_clients_that_read_in_turns_and_write_each_other_s_events_are_two(crm: Crm) -> None:
    one, other = Caller(crm), Caller(crm, "second")
    made = one.ask("POST", "/events", {"subject": "Lunch", **TIMES}).json()
    one.read()
    other.read()
    other.ask("PATCH", f"/events/{made['id']}", {"location": "Room 1"})
    one.follow()
    other.follow()
    assert (len(clients(crm)), notes(crm)) == (2, [])


def test_what_several_were_sent_settles_nothing(crm: Crm) -> None:
    seed(crm, "review")
    one, other = Caller(crm, "one"), Caller(crm, "other")
    for each in (one, other, one, other):
        each.read()
    third = Caller(crm, "third")
    third.ask("PATCH", f"/events/{one.ids[0]}", {"location": "Room 1"})
    assert len(clients(crm)) == 3
    (note,) = notes(crm)
    assert "used what several clients knew" in note["explanation"]


def test_what_a_client_with_a_name_was_sent_too_settles_nothing(crm: Crm) -> None:
    seed(crm, "review")
    caller, named = Caller(crm), Caller(crm, "second", name="ann")
    named.read()
    caller.read()
    caller.renew()
    caller.ask("GET", f"/events/{caller.ids[0]}")
    assert len(clients(crm)) == 3
    assert len(notes(crm)) == 1


def test_a_watermark_that_nobody_was_sent_settles_nothing(crm: Crm) -> None:
    seed(crm, "review")
    caller = Caller(crm)
    caller.read()
    caller.renew()
    caller.read(since="2026-01-01T00:00:00Z")
    assert len(clients(crm)) == 2
    (note,) = notes(crm)
    assert f"used nothing at first that only {token_name(0)} knew" in note["explanation"]


def test_what_comes_after_a_full_read_is_no_sign(crm: Crm) -> None:
    seed(crm, "review", "stay")
    caller = Caller(crm)
    caller.read()
    caller.renew()
    caller.ask("GET", "/events", limit=1)
    caller.follow()
    assert len(clients(crm)) == 2


def test_a_client_that_began_long_ago_is_no_longer_looked_at(crm: Crm) -> None:
    seed(crm, "review")
    caller = Caller(crm)
    caller.read()
    caller.renew()
    for number in range(10):
        caller.ask("POST", "/events", {"subject": f"Lunch {number}", **TIMES})
    caller.follow()
    assert len(clients(crm)) == 2


# Names that are never one client


def jwt(subject: str, number: int = 0) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": subject, "n": number}).encode()).decode()
    return f"e30.{claims}.sig"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"X-Mockcrm-Client": "ann"}, {"X-Mockcrm-Client": "bob"}),
        ({"Authorization": f"Bearer {jwt('ann')}"}, {"Authorization": f"Bearer {jwt('bob')}"}),
        ({"Authorization": "Basic YW5uOng="}, {"Authorization": "Basic Ym9iOng="}),
        ({"Authorization": "Bearer opaque"}, {"Authorization": "Basic Ym9iOng="}),
        ({"X-Mockcrm-Client": "ann"}, {"Authorization": "Bearer opaque"}),
    ],
)
def test_clients_with_names_are_never_one(crm: Crm, one: Any, other: Any) -> None:
    seed(crm, "review")
    page = crm.api("GET", "/events", headers=one).json()
    for _ in range(2):
        crm.api("GET", "/events", params={"since": page["asOf"]}, headers=other)
    assert (len(clients(crm)), notes(crm)) == (2, [])


@pytest.mark.parametrize("names", [{"X-Mockcrm-Client": "sync"}, {}])
def test_renewed_tokens_of_one_name_are_one_client_anyway(crm: Crm, names: Any) -> None:
    seed(crm, "review")
    for number in range(3):
        token = f"opaque{number}" if names else jwt("sync", number)
        crm.api("GET", "/events", headers={"Authorization": f"Bearer {token}", **names})
    account = only(crm)
    assert (account["client"], account["names"], account["stats"]["requests"]) == ("sync", ["sync"], 3)


def test_a_client_without_a_name_is_one_client(crm: Crm) -> None:
    """Neither its address nor its agent tells it apart."""
    for agent in ("sync/1.0", "sync/1.1", "curl"):
        crm.api("GET", "/events", headers={"User-Agent": agent, "X-Forwarded-For": f"10.0.0.{len(agent)}"})
    assert (only(crm)["client"], only(crm)["names"]) == ("client", ["client"])


# Clients that were refused with 401 only


def test_a_client_that_came_with_an_expired_token_is_the_one_that_renewed_it(crm: Crm) -> None:
    crm.set_dialect(credentials="first+")
    caller = Caller(crm)
    assert caller.ask("GET", "/events").status_code == 401
    caller.renew()
    caller.read()
    account = only(crm)
    assert (account["client"], account["names"]) == (token_name(1), [token_name(1), token_name(0)])
    assert notes(crm) == []


def test_so_is_one_that_came_without_a_token(crm: Crm) -> None:
    crm.set_dialect(credentials="first")
    error(Caller(crm, token="").ask("GET", "/events", showDeleted="true"), 401, "credentials.missing")
    Caller(crm).read(showDeleted="true")
    assert only(crm)["names"] == [token_name(0), "client"]


def test_so_is_one_that_waits_for_the_challenge_each_time(crm: Crm) -> None:
    """Some libraries send credentials only after a 401."""
    crm.set_dialect(credentials=jwt("ann"))
    seed(crm, "review")
    for _ in range(12):
        for token in ("", jwt("ann")):
            Caller(crm, token=token).ask("GET", "/events")
    assert only(crm)["names"] == ["ann", "client"]


def test_one_that_is_only_refused_is_a_client_of_its_own(crm: Crm) -> None:
    crm.set_dialect(credentials="second")
    assert Caller(crm).ask("GET", "/events", showDeleted="true").status_code == 401
    Caller(crm, "second").ask("GET", "/events")
    assert len(clients(crm)) == 2


def test_one_that_is_refused_again_after_that_is_a_client_of_its_own(crm: Crm) -> None:
    crm.set_dialect(credentials="second")
    stranger, caller = Caller(crm), Caller(crm, "second")
    assert stranger.ask("GET", "/events").status_code == 401
    for _ in range(12):
        caller.ask("GET", "/events")
    assert len(clients(crm)) == 1
    assert stranger.ask("GET", "/events").status_code == 401
    assert len(clients(crm)) == 2
    caller.crm.advance("1m")
    for _ in range(3):
        caller.ask("GET", "/events", showDeleted="true")
    assert len(clients(crm)) == 2


def test_two_expired_tokens_one_after_the_other_are_still_one_client(crm: Crm) -> None:
    seed(crm, "review")
    caller = Caller(crm)
    caller.read()
    for _ in range(2):
        crm.act({"fault": {"match": {}, "effect": {"expireCredentials": {}}, "times": 1}})
        assert caller.ask("GET", "/events", since=caller.as_of).status_code == 401
        caller.renew()
    caller.follow()
    assert only(crm)["names"] == [token_name(0), token_name(2), token_name(1)]


def test_an_expired_token_in_a_long_chain_belongs_to_it(crm: Crm) -> None:
    seed(crm, "review")
    caller, other = Caller(crm), Caller(crm, name="ann")
    caller.read()
    for _ in range(12):
        caller.follow()
    for _ in range(2):
        crm.act({"fault": {"match": {"method": "GET"}, "effect": {"expireCredentials": {}}, "times": 1}})
        assert caller.ask("GET", "/events", since=caller.as_of).status_code == 401
        other.ask("GET", "/events")
        caller.renew()
    caller.follow()
    assert [each["names"] for each in clients(crm)] == [["ann"], [token_name(0), token_name(2), token_name(1)]]


def test_a_client_that_had_no_token_until_it_needed_one_goes_on(crm: Crm) -> None:
    seed(crm, "review")
    caller = Caller(crm, token="")
    caller.read()
    edit(crm, "review", bump=False)
    crm.set_dialect(credentials="first")
    assert caller.ask("GET", "/events", since=caller.as_of).status_code == 401
    caller.token = "first"
    crm.advance("1h")
    caller.follow()
    account = only(crm)
    assert (account["client"], account["names"], codes(account)) == (
        "client",
        ["client", token_name(0)],
        ["change.outOfReach"],
    )


def test_a_write_that_was_refused_and_is_repeated_shows_it(crm: Crm) -> None:
    """Somebody else knows the event, too: the repetition alone says who it is."""
    seed(crm, "review")
    Caller(crm, "somebody").read()
    caller = Caller(crm)
    caller.read()
    crm.act({"fault": {"match": {}, "effect": {"expireCredentials": {}}, "times": 1}})
    for status in (401, 200):
        assert caller.ask("PATCH", f"/events/{caller.ids[0]}", {"location": "Room 1"}).status_code == status
        caller.renew()
    assert [token_name(0), token_name(1)] in [each["names"] for each in clients(crm)]


def test_if_several_clients_were_refused_alike_nobody_knows_which_it_is(crm: Crm) -> None:
    seed(crm, "review")
    one, other = Caller(crm, "one"), Caller(crm, "other")
    for each in (one, other):
        each.read(limit=5)
    crm.set_dialect(credentials="third")
    for each in (one, other):
        assert each.ask("GET", "/events", limit=7).status_code == 401
    Caller(crm, "third").ask("GET", "/events", limit=7)
    assert len(clients(crm)) == 3


def test_what_a_head_request_asks_shows_nothing(crm: Crm) -> None:
    seed(crm, "review")
    caller = Caller(crm)
    caller.read()
    caller.renew()
    caller.ask("HEAD", f"/events/{caller.ids[0]}")
    assert only(crm)["names"] == ["token-5431204c"], "HEAD makes no client"
    caller.ask("GET", f"/events/{caller.ids[0]}")
    assert (len(only(crm)["names"]), only(crm)["stats"]["requests"]) == (2, 2)


def test_a_client_that_is_refused_as_too_late_goes_on_as_itself(crm: Crm) -> None:
    """A 410 is an answer to its watermark: that it reads everything then does not make it a new client."""
    crm.set_dialect(tombstoneRetention="PT1H", expiredSince="refuse")
    seed(crm, "review")
    caller = Caller(crm)
    caller.read()
    crm.advance("2h")
    caller.renew()
    assert caller.ask("GET", "/events", since=caller.as_of, showDeleted="true").status_code == 410
    caller.read()
    assert only(crm)["names"] == [token_name(0), token_name(1)]


# The replica, replays, forks


def test_a_replica_may_be_named_by_any_of_the_names(crm: Crm) -> None:
    seed(crm, "review")
    caller = Caller(crm)
    rows = caller.read()
    caller.renew()
    caller.follow()
    answers = [
        crm.admin("POST", "/audit", {"replica": rows, **about}).json()
        for about in ({}, {"client": token_name(0)}, {"client": token_name(1)})
    ]
    assert answers[0]["inSync"]
    assert answers[0] == answers[1] == answers[2]


def test_who_is_unknown_is_told_the_clients(crm: Crm) -> None:
    by_as_of(Caller(crm))
    Caller(crm, name="ann").read()
    message = crm.admin("POST", "/audit", {"replica": []}).json()["message"]
    assert token_name(0) in message
    assert token_name(1) not in message


def test_a_replayed_bundle_finds_the_same_clients(crm: Crm) -> None:
    missed(Caller(crm))
    outcome = replay(crm.controls.bundle())
    assert (outcome.divergences, outcome.same) == ((), True)
    assert len(outcome.audit["clients"]) == 1


def test_a_fork_goes_its_own_way(crm: Crm) -> None:
    seed(crm, "review")
    caller = Caller(crm)
    caller.read()
    caller.renew()
    caller.follow()
    assert len(clients(crm)) == 1
    Caller(crm).ask("GET", "/events")
    assert len(clients(crm)) == 2
