"""Seeded chance: the only source of variety in a story."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Chance(random.Random):
    """Draws for generators. Two of the same name draw the same on every machine."""

    def __init__(self, *name: object) -> None:
        super().__init__("/".join(str(part) for part in name))

    def maybe(self, share: float) -> bool:
        """True in so many cases of one."""
        return self.random() < share

    def some(self, items: Sequence[Item], least: int = 0, most: int | None = None) -> list[Item]:
        """Some of the items, each once, in any order."""
        most = len(items) if most is None else min(most, len(items))
        return self.sample(list(items), self.randint(min(least, most), most))
