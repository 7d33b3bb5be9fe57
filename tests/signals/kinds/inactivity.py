"""inactivity."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.engine.build import AMOUNT, BASKET, DAY, MINUTE, PRODUCT, inactivity, tp, types
from tests.signals.common import Moments, Row, by_key, collected, marked, matched, once
from tests.signals.logs import WITHIN

FIRES = (
    [tp("page_viewed", n * DAY / MINUTE, attributes={"topic": topic}) for n, topic in enumerate(("a", "b", "c", "d"))],
    {"topics": ["b", "c", "d"]},
)
LISTS = {"items": {"each": PRODUCT, "minus": [], "max": 2}, "newest": {"value": PRODUCT}}
ALL = {**LISTS, "n": {"count": True}, "total": {"sum": AMOUNT}}
specs = st.fixed_dictionaries(
    {
        "on": st.sampled_from([types("product_added"), types("product_added", "page_viewed", "page_viewed")]),
        "at_least": st.integers(1, 4),
        "within_ms": st.sampled_from([0, 1_000, 50_000, 2 * WITHIN]),
        "silent_ms": st.sampled_from([1, 5_000, 50_000, WITHIN]),
        "per": st.sampled_from([None, BASKET]),
        "collect": st.sampled_from([{}, LISTS, ALL]),
    }
).map(lambda how: inactivity(**how))


GENERAL = True


def waits(spec: dict[str, Any]) -> bool:
    """Deadlines always do."""
    return True


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """In event time, whatever the order of arrival."""
    found = {}
    for key, all_of_key in by_key(spec, once(rows)).items():
        mine = [row for row in marked(all_of_key) if matched(row, spec["on"])]
        for row in mine:
            at_ms = row["at"]
            if any(at_ms < other["at"] <= at_ms + spec["silent_ms"] for other in mine):
                continue
            window = [other for other in mine if at_ms - spec["within_ms"] <= other["at"] <= at_ms]
            if len(window) >= spec["at_least"]:
                last = event_mark(window[-1]["event_id"])
                moment = moment_id(spec["name"], subject, key, [last])
                found[moment] = (at_ms + spec["silent_ms"], collected(spec, window))
    return found
