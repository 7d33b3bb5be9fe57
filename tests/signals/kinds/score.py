"""score."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.engine.build import score, tp
from tests.signals.common import Moments, Row, once
from tests.signals.logs import WITHIN

FIRES = ([tp("calculator_used", n, attributes={"topic": "mortgage"}) for n in range(4)], {"score": 12})
specs = st.builds(
    lambda cooldown, least, settle: score(window_ms=WITHIN, cooldown_ms=cooldown, at_least=least, settle=settle),
    st.sampled_from([None, 90_000]),
    st.integers(1, 8),
    st.booleans(),
)


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """Judged once at each event time with everything known (settle), or at each record in log order."""
    return (_settled if spec["settle"] else _at_once)(spec, subject, rows)


def _settled(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    points = sorted((row["at"], event_mark(row["event_id"]), _add(spec, row)) for row in once(rows) if _add(spec, row))
    found, armed, last = {}, True, None
    for now in sorted({point[0] for point in points}):
        window = [point for point in points if now - spec["window_ms"] <= point[0] <= now]
        before = sum(point[2] for point in window if point[0] < now)
        if before < spec["at_least"] and (last is None or now >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        if armed and sum(point[2] for point in window) >= spec["at_least"]:
            armed, last = False, now
            found[moment_id(spec["name"], subject, "", [point[1] for point in window])] = (
                now,
                {"score": sum(point[2] for point in window)},
            )
    return found


def _at_once(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    seen: list[tuple[int, str, int]] = []
    found, armed, last = {}, True, None
    for row in once(rows):
        add = _add(spec, row)
        if not add:
            continue
        seen = sorted([*seen, (row["at"], event_mark(row["event_id"]), add)])
        level = _level(spec, seen, row["at"])
        if level - add < spec["at_least"] and (last is None or row["at"] >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        later = [at for at, _, _ in seen if row["at"] <= at <= row["at"] + spec["window_ms"]]
        reached = [at for at in later if _level(spec, seen, at) >= spec["at_least"]]
        if armed and reached:
            armed, last = False, reached[0]
            window = [one[1] for one in seen if last - spec["window_ms"] <= one[0] <= last]
            found[moment_id(spec["name"], subject, "", window)] = last, {"score": _level(spec, seen, last)}
    return found


def _level(spec: dict[str, Any], points: list[tuple[int, str, int]], now: int) -> int:
    return sum(add for at, _, add in points if now - spec["window_ms"] <= at <= now)


def _add(spec: dict[str, Any], row: Row) -> int:
    return sum(point["add"] for point in spec["points"] if point["type"] == row["type"])
