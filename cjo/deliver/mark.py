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
        words, room = [], _NOTE_MAX
        for early, late in pairwise(chain([first], opened, [following])):
            if late - early > 1:
                words.append(f"{early + 1 - first}-{late - 1 - first}")
                room -= len(words[-1]) + 1
                if room < 0:
                    words.pop()
                    break
        return cls(first, f"done {','.join(words)}" if words else "")

    def done(self) -> Done:
        """The records that the note names; none where it is no note of this kind."""
        if not _NOTE(self.note):
            return Done([])
        words = (word.split("-") for word in self.note.removeprefix("done ").split(","))
        return Done([(self.offset + int(first), self.offset + int(last)) for first, last in words])


class Done:
    """Offsets in ranges, both ends included, in order."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self._ranges = ranges

    def __contains__(self, offset: int) -> bool:
        number = bisect_right(self._ranges, offset, key=lambda one: one[0]) - 1
        return number >= 0 and offset <= self._ranges[number][1]
