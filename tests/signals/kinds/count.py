"""count."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.compile import naive
from tests.engine.build import PRODUCT, count, tp, types
from tests.signals.common import Moments, Row, by_key, collected, has_fired, marked, matched, once
from tests.signals.logs import WITHIN

_BICYCLE = {"category": "bicycle"}
FIRES = (
    [tp("product_viewed", n, product_id=product, attributes=_BICYCLE) for n, product in enumerate("aabc")],
    {"count": 3, "products": ["a", "b", "c"]},
)
counting = st.fixed_dictionaries(
    {
        "cooldown_ms": st.sampled_from([None, 90_000]),
        "at_least": st.integers(1, 4),
        "distinct": st.sampled_from([None, PRODUCT]),
        "on": st.sampled_from([types("product_added"), types("product_added", "page_viewed", "page_viewed")]),
        "settle": st.booleans(),
    }
)
specs = counting.map(lambda how: count(window_ms=WITHIN, **how))


GENERAL = True


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """Judged once at each event time with everything known (settle), or at each record in log order."""
    found = {}
    for key, mine in by_key(spec, once(rows)).items():
        counting = [row for row in mine if _counts(spec, row)]
        for counted, now in (_settled if spec["settle"] else _at_once)(spec, counting):
            made = moment_id(spec["name"], subject, key, [event_mark(row["event_id"]) for row in counted])
            found[made] = (now, {**collected(spec, counted), "count": len(counted)})
    return found


def _settled(spec: dict[str, Any], seen: list[Row]) -> Iterator[tuple[list[Row], int]]:
    armed, last = True, None
    for now in sorted({row["at"] for row in seen}):
        before = _counted(spec, [row for row in seen if row["at"] < now], now)
        if len(before) < spec["at_least"] and (last is None or now >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        counted = _counted(spec, seen, now)
        if armed and len(counted) >= spec["at_least"]:
            armed, last = False, now
            yield counted, now


def _at_once(spec: dict[str, Any], rows: list[Row]) -> Iterator[tuple[list[Row], int]]:
    seen: list[Row] = []
    armed, last = True, None
    for row in rows:
        before = _counted(spec, seen, row["at"])
        fired_at = partial(_has_fired, spec, last, row, list(seen))
        seen.append(row)
        if len(before) < spec["at_least"] and (last is None or row["at"] >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        later = sorted(one["at"] for one in seen if row["at"] <= one["at"] <= row["at"] + spec["window_ms"])
        reached = [at for at in later if _makes(spec, row, _counted(spec, seen, at)) and not fired_at(at)]
        if armed and reached:
            armed, last = False, reached[0]
            yield _counted(spec, seen, last), last


def _has_fired(spec: dict[str, Any], last: int | None, row: Row, others: list[Row], at: int) -> bool:
    times = [one["at"] for one in others]
    return has_fired(spec, last, at, row["at"], times, lambda at: len(_counted(spec, others, at)) >= spec["at_least"])


def _makes(spec: dict[str, Any], row: Row, counted: list[Row]) -> bool:
    """The level is reached, and this touchpoint is among those that make it."""
    return len(counted) >= spec["at_least"] and any(one is row for one in counted)


def _counts(spec: dict[str, Any], row: Row) -> bool:
    return matched(row, spec["on"]) and (not spec["distinct"] or naive.value(spec["distinct"], row) is not None)


def _counted(spec: dict[str, Any], rows: list[Row], now: int) -> list[Row]:
    """The rows in the window that ends at `now`; where values are told apart, the newest of each value."""
    window = marked([row for row in rows if now - spec["window_ms"] <= row["at"] <= now])
    if not spec["distinct"]:
        return window
    values = [naive.value(spec["distinct"], row) for row in window]
    return [row for place, row in enumerate(window) if values[place] not in values[place + 1 :]]
