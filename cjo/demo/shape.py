"""How large the synthetic world is and when it ends; what everything in it is drawn from."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Shape:
    """Size and place in time of a world: the same shape gives the same bytes.

    `end_ms` is the time at which the log ends; `touchpoints` is the number of good records, duplicates included.
    `small_share` is what each of the smaller parts of the world takes of them; `parts` names the parts that there are,
    None for all (cjo/demo/parts).
    """

    end_ms: int
    seed: int = 1
    customers: int = 20_000
    touchpoints: int = 500_000
    days: int = 7
    bound_ms: int = 5_000
    relevant_share: float = 0.2
    duplicate_share: float = 0.005
    bad_share: float = 0.0005
    products: int = field(default=400)
    small_share: float = 0.0025
    parts: tuple[str, ...] | None = None

    @property
    def begin_ms(self) -> int:
        """Start of the week: journeys are live from here."""
        return self.end_ms - self.days * DAY_MS

    def chance(self, part: str) -> random.Random:
        """A source of chance of its own for `part` of the world, so that parts don't disturb each other."""
        return random.Random(f"{self.seed}/{part}")

    def entropy(self, part: str) -> list[int]:
        """The same for numpy."""
        return [self.seed % 2**32, *part.encode()]


class Touch(NamedTuple):
    """One thing that happened in the world, before clocks, networks and producers had their way with it.

    `at_ms` is the true time; `fields` are further fields of the contract by name.
    """

    at_ms: int
    customer: str | None
    device: str | None
    channel: str
    type: str
    fields: Mapping[str, Any] = NOTHING

    @property
    def subject(self) -> str:
        """The key of the log."""
        return self.customer or f"device:{self.device}"

    def record(self) -> dict[str, Any]:
        """As a record of the contract, without id and times."""
        record = {"channel": self.channel, "type": self.type, **self.fields}
        if self.customer:
            record["customer_id"] = self.customer
        if self.device:
            record["device_id"] = self.device
        return record

    def attribute(self, name: str) -> str | None:
        """An attribute's text."""
        return self.fields.get("attributes", NOTHING).get(name)


_BUSY_HOURS = (1, 1, 0, 0, 0, 1, 2, 4, 6, 8, 9, 9, 10, 9, 8, 8, 9, 10, 12, 13, 12, 9, 6, 3)
"""How much goes on in each hour of a day, UTC."""


def random_time(shape: Shape, chance: random.Random) -> int:
    """A time from the start of the week to its end, more often at the busy hours of the day."""
    while True:
        at_ms = shape.begin_ms + int(chance.random() * (shape.end_ms - shape.begin_ms))
        if chance.random() * 13 < _BUSY_HOURS[at_ms // HOUR_MS % 24] + 0.3:
            return at_ms
