"""change."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import moment_id
from tests.compile import naive
from tests.engine.build import AMOUNT, BASKET, DAY, MINUTE, change, tp, types
from tests.signals.common import Moments, Row, by_key, matched, money, once

FIRES = (
    [tp("page_viewed", n * DAY / MINUTE) for n in range(-35, 0)],
    {"recent": 3, "baseline": 28, "percent": 42},
)


@st.composite
def _how(draw: st.DrawFn) -> dict[str, Any]:
    every = draw(st.sampled_from([5_000, 20_000, 60_000]))
    baseline = draw(st.integers(1, 6))
    falls = draw(st.booleans())
    return {
        "on": draw(st.sampled_from([types("product_added"), types("product_added", "page_viewed")])),
        "of": draw(st.sampled_from([None, None, AMOUNT])),
        "every_ms": every,
        "recent_ms": every * draw(st.integers(1, 4)),
        "baseline_ms": every * baseline,
        "baseline_spans_ms": every * draw(st.integers(0, baseline - 1)),
        "baseline_at_least": draw(st.sampled_from(["1", "2", "4.5"])),
        "falls_to": draw(st.sampled_from([0, 2_500, 5_000, 9_000])) if falls else None,
        "rises_to": None if falls else draw(st.sampled_from([10_001, 15_000, 20_000])),
        "cooldown_ms": draw(st.sampled_from([None, 2 * every, 90_000])),
        "per": draw(st.sampled_from([None, BASKET])),
    }


specs = _how().map(lambda how: change(**how))


GENERAL = True


def waits(spec: dict[str, Any]) -> bool:
    """Deadlines always do."""
    return True


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """Judged at every end of a bucket while anything counts, whatever the order of arrival."""
    found: Moments = {}
    for key, mine in by_key(spec, [row for row in once(rows) if matched(row, spec["on"])]).items():
        found |= _of_key(spec, subject, key, mine)
    return found


def _of_key(spec: dict[str, Any], subject: str, key: str, rows: list[Row]) -> Moments:
    recent_ms, baseline_ms, every = spec["recent_ms"], spec["baseline_ms"], spec["every_ms"]
    found: Moments = {}
    armed, last = True, None
    times = [row["at"] for row in rows]
    now = min(times, default=0) // every * every
    while times and now <= max(times) + recent_ms + baseline_ms + every:
        recent = _total(spec, rows, now - recent_ms, now)
        baseline = _total(spec, rows, now - recent_ms - baseline_ms, now - recent_ms)
        old = _total(spec, rows, now - recent_ms - baseline_ms, now - recent_ms - spec["baseline_spans_ms"])
        holds = False
        if baseline >= Fraction(spec["baseline_at_least"]) and old > 0:
            ratio = Fraction(recent, recent_ms) / Fraction(baseline, baseline_ms)
            limit = spec["falls_to"] if spec["falls_to"] is not None else spec["rises_to"]
            share = Fraction(limit, 10_000)
            holds = ratio <= share if spec["falls_to"] is not None else ratio >= share
            if holds and armed:
                armed, last = False, now
                values = {"recent": _told(spec, recent), "baseline": _told(spec, baseline)}
                values["percent"] = floor(ratio * 100)
                found[moment_id(spec["name"], subject, key, [str(now)])] = (now, values)
        if not holds and not armed and now >= last + (spec["cooldown_ms"] or 0):
            armed = True
        now += every
    return found


def _total(spec: dict[str, Any], rows: list[Row], after: int, until: int) -> Fraction:
    within = [row for row in rows if after < row["at"] <= until]
    return sum((naive.value(spec["of"], row) or 0 if spec["of"] else 1 for row in within), Fraction(0))


def _told(spec: dict[str, Any], total: Fraction) -> Any:
    whole = total * 10**18
    assert whole.denominator == 1
    return money([f"{whole.numerator}e-18"]) if spec["of"] else int(total)
