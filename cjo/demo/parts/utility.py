"""Power cuts: the utility publishes one touchpoint for each household at the start, with news, and at the end."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator

from cjo.demo.parts.base import Part, filled, of_types
from cjo.demo.people import customer_id, people
from cjo.demo.shape import HOUR_MS, MINUTE_MS, Shape, Touch, random_time

_AREAS = ("Bern West", "Bern Ost", "Thun", "Biel", "Olten", "Zug")
_HOLD_MS = 10 * MINUTE_MS
_relevant = of_types("outage_started", "outage_updated", "outage_ended")


def tell(shape: Shape, room: int) -> list[Touch]:
    """Power cuts until there are `room` touchpoints of them."""
    return filled(room, _outages(shape, max(20, room // 20)), _relevant)


def _outages(shape: Shape, households_max: int) -> Iterator[list[Touch]]:
    chance, changes = shape.chance("utility"), _changes(shape)
    number = 0
    while True:
        number += 1
        plan = _times(shape, chance)
        outage = {"outage_id": f"o{number:04x}", "area": chance.choice(_AREAS)}
        households = chance.sample(range(shape.customers), min(shape.customers, chance.randint(4, households_max)))
        story = []
        for household in households:
            customer = customer_id(household)
            if not _is_calm(changes[customer], plan):
                continue
            told = plan if chance.random() > 0.03 else plan[:-1]  # who is forgotten on a list
            story += [Touch(at_ms, customer, None, "system", kind, {"attributes": outage}) for kind, at_ms in told]
        yield [touch for touch in story if touch.at_ms < shape.end_ms]


def _times(shape: Shape, chance: random.Random) -> list[tuple[str, int]]:
    """(type, when) of everything that is published about one power cut."""
    start_ms = random_time(shape, chance)
    if chance.random() < 0.3:  # over while some are still to be told, and while news is held back
        end_ms = start_ms + int(chance.random() * 1.2 * _HOLD_MS)
        news_ms = [start_ms + int(chance.random() * (end_ms - start_ms))] if chance.random() < 0.5 else []
    else:
        end_ms = start_ms + int((0.3 + chance.random() ** 2 * 12) * HOUR_MS)
        news_ms = sorted(start_ms + int(chance.random() * (end_ms - start_ms)) for _ in range(chance.randint(0, 3)))
    found = [("outage_started", start_ms), *(("outage_updated", at_ms) for at_ms in news_ms)]
    return found if chance.random() < 0.1 else [*found, ("outage_ended", end_ms)]


def _changes(shape: Shape) -> dict[str, list[int]]:
    """When something about a customer changes in the CRM."""
    found: dict[str, list[int]] = defaultdict(list)
    for touch in people(shape):
        if touch.customer:
            found[touch.customer].append(touch.at_ms)
    return found


def _is_calm(changes: list[int], plan: list[tuple[str, int]]) -> bool:
    """True where nothing changes while a message may be due: so it is beyond doubt what was known at its release."""
    return not any(
        at_ms - MINUTE_MS <= change <= at_ms + _HOLD_MS + MINUTE_MS for _, at_ms in plan for change in changes
    )


PART = Part("utility", tell, _relevant)
