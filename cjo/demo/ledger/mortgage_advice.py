"""mortgage-advice: who a model finds likely to want advice is offered it, and called three days later."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from typing import Any

from cjo.demo.known import Known
from cjo.demo.ledger.base import Book, Moment, exited
from cjo.demo.shape import DAY_MS, Touch
from cjo.resources import data_dir

LIKELY = "likely_to_book_advice"
_THRESHOLD = 0.5
_FORTNIGHT_MS = 14 * DAY_MS
_COUNTED = ("page_viewed", "calculator_used", "branch_visited")


class MortgageAdvice(Book):
    """One offer a month, and a call where three days bring neither an appointment nor an application."""

    journey = "mortgage-advice"
    purpose = "advice"
    first_send = "offer"

    def tell(self, subject: str, story: list[Touch]) -> None:
        known = Known(story)
        for moment in self.entries(_moments(subject, story), 30 * DAY_MS):
            if self.send(moment, "offer", moment.at_ms, known, ("email", "push")):
                continue
            call_ms = moment.at_ms + 3 * DAY_MS
            ends = [t for t in story if t.type == "mortgage_applied" or _is_booking(t)]
            if exited(ends, ("mortgage_applied", "appointment_booked"), moment.at_ms, call_ms) is None:
                self.send(moment, "call", call_ms, known, ("call",))


def _is_booking(touch: Touch) -> bool:
    return touch.type == "appointment_booked" and touch.attribute("topic") == "mortgage"


def _moments(subject: str, story: list[Touch]) -> list[Moment]:
    """S1: the probability is even or more; once, and again only after it has fallen below and 30 days."""
    mortgage = [t for t in story if t.type in _COUNTED and t.attribute("topic") == "mortgage"]
    moments: list[Moment] = []
    armed = True
    for at_ms in sorted({t.at_ms for t in mortgage}):
        if probability([t for t in mortgage if t.at_ms < at_ms], at_ms) < _THRESHOLD:
            armed = armed or at_ms - moments[-1].at_ms >= 30 * DAY_MS
        if armed and probability([t for t in mortgage if t.at_ms <= at_ms], at_ms) >= _THRESHOLD:
            moments.append(Moment(LIKELY, subject, None, at_ms))
            armed = False
    return moments


def probability(mortgage: list[Touch], at_ms: int) -> float:
    """What the shipped model says of a customer who has done this up to `at_ms`."""

    def within(kind: str, window_ms: int) -> list[int]:
        return [t.at_ms for t in mortgage if t.type == kind and at_ms - t.at_ms <= window_ms]

    calculators = within("calculator_used", _FORTNIGHT_MS)
    values = {
        "views": len(within("page_viewed", _FORTNIGHT_MS)),
        "views_lately": len(within("page_viewed", 2 * DAY_MS)),
        "calculators": len(calculators),
        "branch_visits": len(within("branch_visited", _FORTNIGHT_MS)),
        "days_since_calculator": (at_ms - max(calculators)) / DAY_MS if calculators else 14.0,
    }
    model = _model()
    log_odds = model["intercept"]
    for name, term in model["features"].items():
        log_odds += term["coefficient"] * (values[name] - term["mean"]) / term["scale"]
    return round(1 / (1 + math.exp(-log_odds)), 6)


@lru_cache(maxsize=1)
def _model() -> dict[str, Any]:
    path = data_dir("journeys") / "mortgage-advice" / "mortgage-propensity.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
