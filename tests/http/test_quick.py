from tests.http.conftest import Crm, error


def test_ok(crm: Crm) -> None:
    event = crm.create(subject="x")
    assert crm.events() == [event]
    assert crm.now() == "2026-01-05T09:00:00.001Z"
    error(crm.api("POST", "/events", {}), 422, "event.invalid")
