"""What a consumer group keeps of a partition: from where to go on, and what is done already from there on.

The second goes into the note that the broker keeps with each committed offset: whoever has the partition next, on
whatever machine, knows by it what was done behind an action that still waited.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import chain, pairwise
from typing import NamedTuple

#: Brokers take 4096 bytes unless they are told otherwise. What has no room is done again, as without a note.
_NOTE_MAX = 3500
_NOTE = re.compile(r"done [0-9]+-[0-9]+(,[0-9]+-[0-9]+)*").fullmatch


class Mark(NamedTuple):
    """The offset of the first record that is not done, and a note of those after it that are."""

    offset: int
    note: str = ""

    @classmethod
    def of(cls, open_offsets: Iterable[int], following: int) -> Mark:
        """Of a partition with these offsets open, in order, and read up to `following`."""
        opened = iter(open_offsets)
        first = next(opened, following)
        gaps = pairwise(chain([first], opened, [following]))
        return cls(first, _note(first, [(early + 1, late - 1) for early, late in gaps if late - early > 1]))

    def with_done(self, more: Done) -> Mark:
        """The same where these are done as well: what an owner before has done stays known, read again or not."""
        if not more.ranges:
            return self
        offset = self.offset
        ranges: list[tuple[int, int]] = []
        for first, last in sorted([*self.done().ranges, *more.ranges]):
            if first <= offset <= last:
                offset = last + 1
            elif ranges and first <= ranges[-1][1] + 1:
                ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
            elif first > offset:
                ranges.append((first, last))
        return Mark(offset, _note(offset, ranges))

    def done(self) -> Done:
        """The records that the note names; none where it is no note of this kind."""
        if not _NOTE(self.note):
            return Done([])
        words = (word.split("-") for word in self.note.removeprefix("done ").split(","))
        return Done([(self.offset + int(first), self.offset + int(last)) for first, last in words])


def _note(offset: int, ranges: Iterable[tuple[int, int]]) -> str:
    words, room = [], _NOTE_MAX
    for first, last in ranges:
        words.append(f"{first - offset}-{last - offset}")
        room -= len(words[-1]) + 1
        if room < 0:
            words.pop()
            break
    return f"done {','.join(words)}" if words else ""


class Done:
    """Offsets in ranges, both ends included, in order."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self.ranges = ranges

    def before(self, end: int) -> Done:
        """Those before an offset: what comes from there on is new, whatever stood there once."""
        return Done([(first, min(last, end - 1)) for first, last in self.ranges if first < end])

    def __contains__(self, offset: int) -> bool:
        number = bisect_right(self.ranges, offset, key=lambda one: one[0]) - 1
        return number >= 0 and offset <= self.ranges[number][1]


NOTHING = Done([])
