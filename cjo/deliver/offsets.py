"""How far each partition is done: everything before the committed offset has an outcome that is known to the log."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cjo.deliver.mark import Mark

Place = tuple[str, int]
"""Topic and partition."""


class Offsets:
    """Open offsets by partition; they open in order and close in any."""

    def __init__(self) -> None:
        self._open: dict[Place, dict[int, None]] = {}
        self._next: dict[Place, int] = {}
        self._moved: set[Place] = set()
        self._committed: dict[Place, Mark] = {}

    def begin(self, place: Place, offset: int) -> None:
        """A record has been read."""
        self._open.setdefault(place, {})[offset] = None
        self._next[place] = offset + 1
        self._moved.add(place)

    def end(self, place: Place, offset: int) -> None:
        """Nothing is left to do for the record. One of a partition that was given away is no longer known."""
        if place in self._open:
            self._open[place].pop(offset, None)
            self._moved.add(place)

    def forget(self, places: Iterable[Place]) -> None:
        """These partitions are another's now."""
        for place in places:
            self._open.pop(place, None)
            self._next.pop(place, None)
            self._committed.pop(place, None)
            self._moved.discard(place)

    def to_commit(self, places: Collection[Place] | None = None) -> dict[Place, Mark]:
        """By partition (of these, where given) from where to go on, where that has changed since `committed`."""
        found = {place: Mark.of(self._open[place], self._next[place]) for place in self._moved}
        unchanged = {place for place, mark in found.items() if self._committed.get(place) == mark}
        self._moved -= unchanged
        return {
            place: mark
            for place, mark in found.items()
            if place not in unchanged and (places is None or place in places)
        }

    def committed(self, marks: dict[Place, Mark]) -> None:
        """These are safe with the broker."""
        self._committed |= {place: mark for place, mark in marks.items() if place in self._next}
