"""How far a partition is done."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cjo.deliver.offsets import Offsets

PLACE = ("actions.email", 0)


@given(st.integers(1, 30), st.data())
def test_the_place_is_that_of_the_first_record_without_outcome(count: int, data: st.DataObject) -> None:
    offsets, done = Offsets(), set[int]()
    for offset in range(count):
        offsets.begin(PLACE, offset)
    for offset in data.draw(st.lists(st.integers(0, count - 1))):
        offsets.end(PLACE, offset)
        done.add(offset)
        found = offsets.to_commit()
        offsets.committed(found)
        first = next((number for number in range(count) if number not in done), count)
        assert offsets._committed[PLACE] == first


def test_what_is_committed_is_not_committed_again() -> None:
    offsets = Offsets()
    offsets.begin(PLACE, 4)
    offsets.end(PLACE, 4)
    assert offsets.to_commit() == {PLACE: 5}
    offsets.committed({PLACE: 5})
    assert offsets.to_commit() == {}


def test_partitions_that_went_to_another_are_forgotten() -> None:
    offsets = Offsets()
    offsets.begin(PLACE, 4)
    offsets.forget([PLACE])
    offsets.end(PLACE, 4)
    offsets.committed({PLACE: 5})
    assert offsets.to_commit() == {}
