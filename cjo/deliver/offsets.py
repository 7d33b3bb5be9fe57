"""How far each partition is done: everything before the committed offset has an outcome that is known to the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Place = tuple[str, int]
"""Topic and partition."""


class Offsets:
    """Open offsets by partition; they open in order and close in any."""

    def __init__(self) -> None:
        self._open: dict[Place, dict[int, None]] = {}
        self._next: dict[Place, int] = {}
        self._committed: dict[Place, int] = {}

    def begin(self, place: Place, offset: int) -> None:
        """A record has been read."""
        self._open.setdefault(place, {})[offset] = None
        self._next[place] = offset + 1

    def end(self, place: Place, offset: int) -> None:
        """Nothing is left to do for the record. One of a partition that was given away is no longer known."""
        self._open.get(place, {}).pop(offset, None)

    def forget(self, places: Iterable[Place]) -> None:
        """These partitions are another's now."""
        for place in places:
            self._open.pop(place, None)
            self._next.pop(place, None)
            self._committed.pop(place, None)

    def to_commit(self) -> dict[Place, int]:
        """By partition the offset to go on from after a restart, where it has moved since `committed`."""
        return {place: offset for place, offset in self._reached() if self._committed.get(place) != offset}

    def committed(self, offsets: dict[Place, int]) -> None:
        """These are safe with the broker."""
        self._committed |= {place: offset for place, offset in offsets.items() if place in self._next}

    def _reached(self) -> Iterator[tuple[Place, int]]:
        for place, following in self._next.items():
            yield place, next(iter(self._open[place]), following)
