"""Fields that the contract does not know: refused, dropped or kept, as the dialect says (contract, section 2)."""

from typing import Any

import pytest

from tests.crm.test_event_fields import invalid
from tests.refusals import refused
from tests.samples import ACME, ANN, DEFAULTS, LONGEST, NINE, TIMES
from tests.served import Crm


def test_an_unknown_field_is_refused_and_named(crm: Crm) -> None:
    assert set(invalid(crm, colour="red")) == {"colour"}
    assert set(invalid(crm, Subject="x", starttime=NINE)) == {"Subject", "starttime"}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_unknown_field_is_refused_of_a_change_too(crm: Crm, method: str) -> None:
    path = f"/events/{crm.create()['id']}"
    assert set(refused(crm, 422, "event.invalid", method, path, TIMES | {"colour": None})) == {"colour"}


UNKNOWN: dict[str, Any] = {"colour": "red", "attendees": [ANN | {"vip": True}], "relatedTo": [ACME | {"url": "x"}]}


def test_a_crm_may_ignore_unknown_fields(crm: Crm) -> None:
    crm.set_dialect(unknownFields="ignore")
    event = crm.create(**UNKNOWN)
    known = {**TIMES, **DEFAULTS, "attendees": [ANN], "relatedTo": [ACME]}
    assert event == {"id": event["id"], **known, "lastModifiedAt": crm.now()}
    assert crm.events() == [event]


def test_a_crm_may_keep_unknown_fields_and_give_them_back(crm: Crm) -> None:
    crm.set_dialect(unknownFields="keep")
    event = crm.create(**UNKNOWN)
    assert {name: event[name] for name in UNKNOWN} == UNKNOWN
    assert crm.api("GET", f"/events/{event['id']}").json() == event
    assert crm.events() == [event]


@pytest.mark.parametrize("value", [None, True, 1.5, LONGEST, 2**64 - 1, "", [], {}, [{"a": [None, {"b": 1}]}], "é🎉"])
def test_a_field_that_is_kept_may_hold_any_json(crm: Crm, value: Any) -> None:
    crm.set_dialect(unknownFields="keep")
    assert crm.create(colour=value)["colour"] == value


def test_a_snapshot_takes_back_whatever_was_kept(crm: Crm) -> None:
    crm.set_dialect(unknownFields="keep")
    deep: Any = "bottom"
    for _ in range(62):
        deep = [deep]
    event = crm.create(colour=deep)
    assert crm.admin("PUT", "/snapshot", crm.everything()).status_code == 200
    assert crm.events() == [event]


def test_kept_fields_are_merged_by_patch_and_replaced_by_put(crm: Crm) -> None:
    crm.set_dialect(unknownFields="keep")
    path = f"/events/{crm.create(colour={'sky': 'blue', 'sea': 'green'}, shape='round', size=1)['id']}"
    patched = crm.api("PATCH", path, {"colour": {"sea": None, "sun": "red"}, "shape": None}).json()
    assert (patched["colour"], patched["size"], "shape" in patched) == ({"sky": "blue", "sun": "red"}, 1, False)
    assert crm.api("PATCH", path, {"moon": {"dark": None, "full": 1}}).json()["moon"] == {"full": 1}
    assert not {"colour", "size", "moon"} & set(crm.api("PUT", path, TIMES).json())


@pytest.mark.parametrize("unknown", ["ignore", "keep"])
def test_leniency_about_unknown_fields_is_none_about_known_ones(crm: Crm, unknown: str) -> None:
    crm.set_dialect(unknownFields=unknown)
    assert set(invalid(crm, colour=1, subject=1)) == {"subject"}
