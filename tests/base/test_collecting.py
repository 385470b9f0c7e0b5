"""The collector rests while very many objects are made, however many do so at a time, and is then as it was."""

import gc
from collections.abc import Iterator

import pytest

from mockcrm.base import collecting
from mockcrm.base.collecting import making_many


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()
    gc.unfreeze()


def test_it_rests_until_the_last_is_done() -> None:
    with making_many():
        with making_many():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_a_failure() -> None:
    with pytest.raises(ValueError, match="no"), making_many():
        raise ValueError("no")
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    with making_many(), making_many():
        pass
    assert not gc.isenabled()


def test_very_many_objects_are_set_aside_and_few_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MANY", 1_000)
    before = gc.get_freeze_count()
    with making_many():
        few = [[number] for number in range(100)]
    assert gc.get_freeze_count() == before
    with making_many():
        many = [[number] for number in range(10_000)]
    assert gc.get_freeze_count() >= before + 10_000
    assert (len(few), len(many)) == (100, 10_000)
