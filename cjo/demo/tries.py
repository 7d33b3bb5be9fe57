"""Three commands to try once the demo's week is over, about a customer for whom they show something."""

from __future__ import annotations

import json
import shutil
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cjo.demo.known import Known
from cjo.demo.ledger.mortgage_offer import MORTGAGE_POINTS, crossings
from cjo.demo.shape import DAY_MS, Touch

_NEEDED = 10


class Tries(NamedTuple):
    """The commands, ready for a shell, and the customer they are about."""

    customer: str
    commands: tuple[str, ...]


def tries(touches: Sequence[Touch], now_ms: int) -> Tries | None:
    """Commands that bring one customer's mortgage engagement to its limit and show what follows; None without one.

    It is a customer who is just short of an invitation, may get one by e-mail, and has had none.
    """
    best: tuple[int, str] | None = None
    for customer, story in _stories(touches).items():
        score = _score(story, now_ms)
        if (best is None or score > best[0]) and _is_welcome(customer, story, now_ms):
            best = (score, customer)
    return None if best is None else _commands(best[1], best[0])


def _commands(customer: str, score: int) -> Tries:
    lines = [json.dumps(touchpoint) for touchpoint in _missing(customer, score)]
    said = " ".join(f"'{line}'" for line in lines)
    cjo = _cjo()
    return Tries(
        customer,
        (
            f"printf '%s\\n' {said} | {cjo} send --now -",
            f"{cjo} tail actions.email --key {customer} --follow",
            f"{cjo} why {customer}",
        ),
    )


def _missing(customer: str, score: int) -> list[dict[str, object]]:
    """Touchpoints that add what is missing: the calculator where that is enough, else visits to a branch."""
    channel, kind, times = "web", "calculator_used", 1
    if score + MORTGAGE_POINTS[kind] < _NEEDED:
        channel, kind = "branch", "branch_visited"
        times = -(-(_NEEDED - score) // MORTGAGE_POINTS[kind])
    return [
        {
            "event_id": f"try-{number + 1}-{customer}",
            "customer_id": customer,
            "channel": channel,
            "type": kind,
            "attributes": {"topic": "mortgage"},
        }
        for number in range(times)
    ]


def _is_welcome(customer: str, story: list[Touch], now_ms: int) -> bool:
    known = Known(story)
    return bool(
        known.address("email", now_ms)
        and known.consent("advice", "email", now_ms)
        and not known.suppressed(now_ms)
        and not crossings(customer, story)
    )


def _score(story: list[Touch], now_ms: int) -> int:
    """Points that will still count in half a day."""
    since_ms = now_ms - 6 * DAY_MS - DAY_MS // 2
    counted = [touch for touch in story if touch.attribute("topic") == "mortgage" and touch.at_ms >= since_ms]
    return sum(MORTGAGE_POINTS.get(touch.type, 0) for touch in counted)


def _stories(touches: Sequence[Touch]) -> dict[str, list[Touch]]:
    stories: dict[str, list[Touch]] = defaultdict(list)
    for touch in sorted(touches, key=lambda touch: touch.at_ms):
        if touch.customer:
            stories[touch.customer].append(touch)
    return stories


def _cjo() -> str:
    """How this shell calls cjo."""
    if shutil.which("cjo"):
        return "cjo"
    beside = Path(sys.executable).with_name("cjo")
    if not beside.exists():
        return f"{sys.executable} -m cjo.cli"
    return str(beside.relative_to(Path.cwd())) if beside.is_relative_to(Path.cwd()) else str(beside)
