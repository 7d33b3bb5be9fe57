"""count."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.engine.build import PRODUCT, count, tp, types
from tests.signals.common import Moments, Row, matched, once
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


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """Judged once at each event time with everything known (settle), or at each record in log order."""
    return (_settled if spec["settle"] else _at_once)(spec, subject, rows)


def _settled(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    seen = [row for row in once(rows) if _counts(spec, row)]
    found, armed, last = {}, True, None
    for now in sorted({row["at"] for row in seen}):
        before = _counted(spec, [row for row in seen if row["at"] < now], now)
        if len(before) < spec["at_least"] and (last is None or now >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        counted = _counted(spec, seen, now)
        if armed and len(counted) >= spec["at_least"]:
            armed, last = False, now
            found |= _count_moment(spec, subject, counted, now)
    return found


def _at_once(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    seen: list[Row] = []
    found, armed, last = {}, True, None
    for row in once(rows):
        if not _counts(spec, row):
            continue
        before = _counted(spec, seen, row["at"])
        seen.append(row)
        if len(before) < spec["at_least"] and (last is None or row["at"] >= last + (spec["cooldown_ms"] or 0)):
            armed = True
        later = sorted(one["at"] for one in seen if row["at"] <= one["at"] <= row["at"] + spec["window_ms"])
        reached = [at for at in later if len(_counted(spec, seen, at)) >= spec["at_least"]]
        if armed and reached:
            armed, last = False, reached[0]
            found |= _count_moment(spec, subject, _counted(spec, seen, last), last)
    return found


def _counts(spec: dict[str, Any], row: Row) -> bool:
    return matched(row, spec["on"]) and (not spec["distinct"] or row.get(spec["distinct"][1]) is not None)


def _counted(spec: dict[str, Any], rows: list[Row], now: int) -> list[Row]:
    """The rows in the window that ends at `now`; where values are told apart, the newest of each value."""
    window = [row for row in rows if now - spec["window_ms"] <= row["at"] <= now]
    window.sort(key=lambda row: (row["at"], event_mark(row["event_id"])))
    if not spec["distinct"]:
        return window
    value = spec["distinct"][1]
    return [row for place, row in enumerate(window) if row[value] not in [one[value] for one in window[place + 1 :]]]


def _count_moment(spec: dict[str, Any], subject: str, counted: list[Row], now: int) -> Moments:
    total = sum((Decimal(row["amount"]) for row in counted if "amount" in row), Decimal(0))
    values = {"count": len(counted), "n": len(counted), "total": f"{total:.2f}"}
    values |= {"items": [row["product_id"] for row in counted][-2:], "newest": counted[-1]["product_id"]}
    return {moment_id(spec["name"], subject, "", [event_mark(row["event_id"]) for row in counted]): (now, values)}
