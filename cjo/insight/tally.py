"""Counting people: each once, however often something happened to them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """How often something happened, and to whom."""

    times: int = 0
    people: set[str] = field(default_factory=set)

    def add(self, person: str) -> None:
        """It happened once more, to `person`."""
        self.times += 1
        self.people.add(person)

    def __len__(self) -> int:
        """How many people."""
        return len(self.people)

    def as_json(self) -> dict[str, int]:
        """`people` and `times`."""
        return {"people": len(self.people), "times": self.times}


class Tallies(dict[Any, Tally]):
    """Tallies by name, made when first asked for, in the order of their first mention."""

    def __missing__(self, key: Hashable) -> Tally:
        made = self[key] = Tally()
        return made

    def ranked(self) -> Iterator[tuple[Any, Tally]]:
        """The most people first; of as many, in the order of names."""
        return iter(sorted(self.items(), key=lambda item: (-len(item[1]), str(item[0]))))
