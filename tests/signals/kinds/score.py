"""score."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache, partial
from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.engine.build import score, tp
from tests.signals.common import Moments, Row, by_key, has_fired, matched, once
from tests.signals.logs import WITHIN

FIRES = ([tp("calculator_used", n, attributes={"topic": "mortgage"}) for n in range(4)], {"score": 12})
specs = st.builds(
    lambda half, **how: score(window_ms=WITHIN, **how, **({"half_life_ms": half} if half else {})),
    half=st.sampled_from([None, None, 3_000, 20_000, WITHIN, 90_001]),
    cooldown_ms=st.sampled_from([None, 90_000]),
    at_least=st.integers(1, 8),
    settle=st.booleans(),
)


GENERAL = True
Point = tuple[int, str, int]
Fired = tuple[list[str], int, Fraction]


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """Judged once at each event time with everything known (settle), or at each record in log order."""
    found = {}
    for key, mine in by_key(spec, once(rows)).items():
        for window, now, total in (_settled if spec["settle"] else _at_once)(spec, mine):
            found[moment_id(spec["name"], subject, key, window)] = (now, {"score": _told(spec, total)})
    return found


def _settled(spec: dict[str, Any], rows: list[Row]) -> Iterator[Fired]:
    points = sorted(_points(spec, rows))
    armed, last = True, None
    for now in sorted({point[0] for point in points}):
        window = [point for point in points if now - spec["window_ms"] <= point[0] <= now]
        before = _level(spec, [point for point in points if point[0] < now], now)
        if before < spec["at_least"] and (last is None or now >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        if armed and _level(spec, points, now) >= spec["at_least"]:
            armed, last = False, now
            yield [point[1] for point in window], now, _level(spec, points, now)


def _at_once(spec: dict[str, Any], rows: list[Row]) -> Iterator[Fired]:
    seen: list[Point] = []
    armed, last = True, None
    for point in _points(spec, rows):
        now = point[0]
        before = _level(spec, seen, now)
        fired_at = partial(_has_fired, spec, last, now, seen)
        seen = sorted([*seen, point])
        if before < spec["at_least"] and (last is None or now >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        later = [at for at, _, _ in seen if now <= at <= now + spec["window_ms"]]
        reached = [at for at in later if _level(spec, seen, at) >= spec["at_least"] and not fired_at(at)]
        if armed and reached:
            armed, last = False, reached[0]
            window = [one[1] for one in seen if last - spec["window_ms"] <= one[0] <= last]
            yield window, last, _level(spec, seen, last)


def _has_fired(spec: dict[str, Any], last: int | None, judged_ms: int, others: list[Point], at: int) -> bool:
    times = [one[0] for one in others]
    return has_fired(spec, last, at, judged_ms, times, lambda at: _level(spec, others, at) >= spec["at_least"])


def _level(spec: dict[str, Any], points: list[Point], now: int) -> Fraction:
    window = [(at, add) for at, _, add in points if now - spec["window_ms"] <= at <= now]
    return sum((add * _weight(now - at, spec.get("half_life_ms")) for at, add in window), Fraction(0))


@cache
def _weight(age_ms: int, half_life_ms: int | None) -> Fraction:
    """Half for each half-life, to a billionth: always worked out with a hundred digits."""
    if half_life_ms is None:
        return Fraction(1)
    with localcontext(prec=100):
        exact = Decimal(10**9) * (-Decimal(age_ms) / Decimal(half_life_ms) * Decimal(2).ln()).exp()
        return Fraction(round(Fraction(exact.quantize(Decimal(10) ** -50))), 10**9)


def _told(spec: dict[str, Any], level: Fraction) -> int | str:
    thousandths = int(level * 1000)
    return int(level) if not spec.get("half_life_ms") else f"{thousandths // 1000}.{thousandths % 1000:03}"


def _points(spec: dict[str, Any], rows: list[Row]) -> list[Point]:
    """Each touchpoint that matches, with the sum of what it counts."""
    found = []
    for row in rows:
        adds = [point["add"] for point in spec["points"] if matched(row, [point])]
        if adds:
            found.append((row["at"], event_mark(row["event_id"]), sum(adds)))
    return found
