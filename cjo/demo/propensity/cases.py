"""Customers at a time: their features of then, as the engine works them out, and whether they booked advice after."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from cjo.compile import compile_workspace
from cjo.demo.ledger.mortgage_offer import MORTGAGE_POINTS
from cjo.demo.parts import advice
from cjo.demo.shape import DAY_MS, Shape, Touch
from cjo.engine.conditions import compile_condition
from cjo.resources import data_dir
from cjo.signals.predict.features import Count, build

JOURNEY, SIGNAL, MODEL = "mortgage-advice", "likely_to_book_advice", "mortgage-propensity.json"
AHEAD_MS = 7 * DAY_MS
"""How long after the case a booking counts."""


class Case(NamedTuple):
    """A customer at one of their touchpoints. `points`: what the signal of mortgage-offer makes of it then."""

    customer: str
    features: tuple[float, ...]
    points: int
    booked: bool


def features() -> list[Count]:
    """The signal's features as its author wrote them, in order."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(data_dir("journeys"), Path(folder) / "journeys"))
        written = next(YAML(typ="safe").load_all((copy / JOURNEY / "journey.yaml").read_text(encoding="utf-8")))
        names = written["signals"][SIGNAL]["features"]  # of a model that fits them, whatever the last one was
        stand_in = {"intercept": -9, "features": dict.fromkeys(names, 1)}
        (copy / JOURNEY / MODEL).write_text(json.dumps(stand_in), encoding="utf-8")
        (signal,) = (one for one in compile_workspace(copy)["signals"] if one["name"] == SIGNAL)
    built = [build(part) for part in signal["features"]]
    assert all(built), "the journey's features are all over touchpoints"
    return [feature for feature in built if feature]


def cases(seed: int, customers: int, counted: list[Count]) -> list[Case]:
    """One case of each customer of the world's part `advice`, at a touchpoint of theirs drawn by chance.

    The last `AHEAD_MS` of the world have no cases, as what came of them is not known; nor has what follows a booking.
    """
    shape = Shape(end_ms=1_763_900_000_000, seed=seed, customers=customers, touchpoints=10**9, days=28)
    stories: dict[str, list[Touch]] = {}
    for touch in advice.PART.tell(shape, 10**9):
        stories.setdefault(touch.subject, []).append(touch)
    chance = shape.chance("cases")
    found = (_case(customer, stories[customer], shape, counted, chance) for customer in sorted(stories))
    return [case for case in found if case]


def _case(customer: str, story: list[Touch], shape: Shape, counted: list[Count], chance: random.Random) -> Case | None:
    booked_ms = [touch.at_ms for touch in story if touch.type == "appointment_booked"]
    until_ms = min([shape.end_ms - AHEAD_MS, *booked_ms])
    times = [touch.at_ms for touch in story if touch.at_ms < until_ms and touch.type in MORTGAGE_POINTS]
    if not times:
        return None
    at_ms = chance.choice(times)
    values = tuple(_values(counted, story, at_ms))
    return Case(customer, values, _points(story, at_ms), any(at_ms < one <= at_ms + AHEAD_MS for one in booked_ms))


def _values(counted: list[Count], story: list[Touch], at_ms: int) -> Iterator[float]:
    """Each feature in its own unit: touchpoints, or days."""
    for feature in counted:
        points = [[touch.at_ms, ""] for touch in story if touch.at_ms <= at_ms and _matches(feature, touch)]
        yield feature.value(points, at_ms, at_ms) / feature.unit


def _matches(feature: Count, touch: Touch) -> bool:
    row: dict[str, Any] = {"type": touch.type, "at": touch.at_ms, **touch.fields}
    return any(
        match["type"] == touch.type and compile_condition(match["where"])(row, None, None) is True
        for match in feature.matches
    )


def _points(story: list[Touch], at_ms: int) -> int:
    """The score of high_mortgage_engagement: the simple thing to compare with."""
    return sum(
        MORTGAGE_POINTS.get(touch.type, 0)
        for touch in story
        if at_ms - 7 * DAY_MS <= touch.at_ms <= at_ms and touch.attribute("topic") == advice.TOPIC
    )
