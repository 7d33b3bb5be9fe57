"""What a part of the world is: the stories that one journey is about, and how much room they take."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cjo.demo.shape import MINUTE_MS, SECOND_MS, Shape, Touch

Tell = Callable[[Shape, int], list[Touch]]
"""(shape, room) -> stories of at least `room` relevant touchpoints, from a source of chance of the part's own."""


class Part(NamedTuple):
    """A part of the world. `relevant` says which touchpoints its journey asks about.

    `share` is its share of the budget of relevant touchpoints; a part without one is small and takes
    `Shape.small_share` of all touchpoints besides the budget.
    """

    name: str
    tell: Tell
    relevant: Callable[[Touch], bool]
    share: float | None = None

    def stories(self, shape: Shape, budget: int) -> list[Touch]:
        """What happens in this part of the world; `budget` is the number of relevant touchpoints of all large parts."""
        room = shape.touchpoints * shape.small_share if self.share is None else budget * self.share
        return self.tell(shape, int(room))


class Story:
    """One subject's story in the making; a part says what happens in it. `_now_ms` is how far it has been told."""

    def __init__(self, shape: Shape, chance: random.Random, customer: str | None, device: str) -> None:
        self._shape = shape
        self._chance = chance
        self._customer = customer
        self._device = device
        self._now_ms = 0
        self.touches: list[Touch] = []


def of_types(*types: str) -> Callable[[Touch], bool]:
    """A test for touchpoints of these types."""
    return lambda touch: touch.type in types


def filled(room: int, stories: Iterable[list[Touch]], relevant: Callable[[Touch], bool]) -> list[Touch]:
    """Stories, one after the other, until they hold `room` relevant touchpoints."""
    touches: list[Touch] = []
    spent = 0
    for story in stories if room > 0 else ():
        spent += sum(map(relevant, story))
        touches.extend(story)
        if spent >= room:
            break
    return touches


def off_the_minute(at_ms: int) -> int:
    """That time, or 14 s later: away from the turn of a minute, where the CRM exports its changes.

    So it is beyond doubt what is known of a customer at a deadline that is whole minutes later.
    """
    return at_ms if 7 * SECOND_MS <= at_ms % MINUTE_MS < 53 * SECOND_MS else at_ms + 14 * SECOND_MS
