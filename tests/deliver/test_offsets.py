"""How far a partition is done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjo.deliver.mark import Done, Mark
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
        assert offsets._committed[PLACE].offset == first


def test_what_is_committed_is_not_committed_again() -> None:
    offsets = Offsets()
    offsets.begin(PLACE, 4)
    offsets.end(PLACE, 4)
    assert offsets.to_commit() == {PLACE: Mark(5)}
    offsets.committed({PLACE: Mark(5)})
    assert offsets.to_commit() == {}


def test_partitions_that_went_to_another_are_forgotten() -> None:
    offsets = Offsets()
    offsets.begin(PLACE, 4)
    offsets.forget([PLACE])
    offsets.end(PLACE, 4)
    offsets.committed({PLACE: Mark(5)})
    assert offsets.to_commit() == {}


@given(st.integers(0, 9), st.sets(st.integers(0, 60)))
def test_the_note_tells_what_is_done_behind_the_first_that_is_not(first: int, done: set[int]) -> None:
    offsets = Offsets()
    for offset in range(first, first + 60):
        offsets.begin(PLACE, offset)
    for offset in done:
        offsets.end(PLACE, offset)
    mark = offsets.to_commit()[PLACE]
    read = range(mark.offset, first + 60)
    assert [offset in mark.done() for offset in read] == [offset in done for offset in read]
    assert mark.offset - 1 not in mark.done() and first + 60 not in mark.done()


def test_a_note_is_no_longer_than_brokers_take() -> None:
    mark = Mark.of(range(0, 100_000, 2), 100_000)
    assert 3000 < len(mark.note) < 4096
    assert 1 in mark.done() and 2 not in mark.done() and 99_999 not in mark.done()


@pytest.mark.parametrize("note", ["", "done", "done x", "done 1-2,", "left by another tool"])
def test_what_is_no_such_note_tells_nothing(note: str) -> None:
    assert 6 not in Mark(5, note).done()


@given(st.integers(0, 9), st.sets(st.integers(0, 40)), st.sets(st.integers(0, 60)), st.integers(0, 45))
def test_what_an_owner_before_has_done_stays_in_the_note(
    first: int, open_behind: set[int], before: set[int], read: int
) -> None:
    following = first + read
    opened = sorted(first + one for one in open_behind if one < read and first + one not in before)
    known = Done([(one, one) for one in sorted(before)])
    mark = Mark.of(opened, following).with_done(known)

    done = {offset for offset in range(100) if offset in mark.done()}
    wanted = {offset for offset in range(first, following) if offset not in opened} | before
    assert mark.offset == next(offset for offset in range(min([*opened, following]), 101) if offset not in wanted)
    assert done == {offset for offset in wanted if offset > mark.offset}


def test_what_comes_behind_the_end_of_a_log_is_new_whatever_stood_there_once() -> None:
    known = Done([(2, 4), (6, 9), (12, 13)]).before(8)
    assert [offset for offset in range(20) if offset in known] == [2, 3, 4, 6, 7]
