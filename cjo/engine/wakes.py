"""The wake-ups of a subject who has very many: the list that state holds, and beside it the due time of each by id.

Without it, to arm one among thousands means to look at all of them. State is read and written as the list alone.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

MANY = 64
"""A list of more than this is worth it."""

Wake = list[Any]


class Wakes(list[Wake]):
    """[due_ms, priority, id], sorted, no id twice. Changed by `insert`, `pop(0)`, `drop` alone."""

    def __init__(self, wakes: list[Wake]) -> None:
        super().__init__(wakes)
        self.due: dict[str, int] = {wake[2]: wake[0] for wake in wakes}

    def insert(self, index: Any, wake: Wake) -> None:
        """Called by `insort` too."""
        super().insert(index, wake)
        self.due[wake[2]] = wake[0]

    def pop(self, index: Any = -1) -> Wake:
        wake = super().pop(index)
        del self.due[wake[2]]
        return wake

    def drop(self, wake_id: str) -> None:
        """Remove the one with this id, which is there."""
        index = bisect_left(self, [self.due[wake_id]])
        while self[index][2] != wake_id:
            index += 1
        self.pop(index)


def by_id(wakes: list[Wake]) -> list[Wake]:
    """The same wake-ups, with their due times by id where they are many."""
    return Wakes(wakes) if len(wakes) > MANY and wakes.__class__ is list else wakes
