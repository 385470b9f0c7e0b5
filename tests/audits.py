"""Counts audits, wherever they are made in this process."""

from typing import Any

import pytest

from mockcrm.sandbox.moment import Moment


@pytest.fixture
def audits(monkeypatch: pytest.MonkeyPatch) -> list[Moment]:
    """The moments that were audited."""
    made: list[Moment] = []
    audit = Moment.audit

    def counted(moment: Moment, *rest: Any, **more: Any) -> Any:
        made.append(moment)
        return audit(moment, *rest, **more)

    monkeypatch.setattr(Moment, "audit", counted)
    return made
