"""Lines for people on the change log."""

from typing import Any

from mockcrm.client.report import of_change

AGENDA = "Agenda, first part: " + "x" * 80


def line(before: Any, after: Any) -> str:
    change = {"seq": 2, "committedAt": "2026-01-05T09:00:00.000Z", "eventId": "1001", "op": "updated", "origin": "crm"}
    return of_change({**change, "visibleAt": change["committedAt"], "by": None, "before": before, "after": after})


def test_a_change_is_shown_from_where_the_values_differ() -> None:
    text = line({"description": f"{AGENDA} A", "subject": "Plan"}, {"description": f"{AGENDA} B", "subject": "Plan"})
    assert f'description "…{"x" * 58} A" → "…{"x" * 58} B"' in text
    assert "subject" not in text


def test_of_a_list_the_member_is_shown_that_came_or_went() -> None:
    people = [{"emailAddress": f"person{number}@example.com"} for number in range(20)]
    text = line({"attendees": people}, {"attendees": people[:9] + people[10:]})
    assert 'attendees[9] {"emailAddress": "person9@example.com"} → nothing' in text
