"""session."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.compile import naive
from tests.engine.build import BASKET, lit, session, tp, types
from tests.signals.common import Moments, Row, as_attributes, by_key, collected, marked, matched, once
from tests.signals.logs import WITHIN

_VIEWS = [tp("product_viewed", 5 * number, product_id=f"p{number}") for number in range(3)]
FIRES = (
    [*_VIEWS, tp("search_performed", 12), tp("order_completed", 60, order_id="o1", amount="9.0000")],
    {
        "count": 4,
        "seconds": 720,
        "views": 3,
        "baskets": 0,
        "orders": 0,
        "products": ["p0", "p1", "p2"],
        "spent": "0.00",
    },
)

_COUNT, _SECONDS, _ORDERS = (["moment", name, "int"] for name in ("count", "seconds", "orders"))
_HOLDS: tuple[Any, ...] = (
    None,
    [">=", _COUNT, lit(3, "int")],
    [">=", _SECONDS, lit(21, "int")],
    ["=", _ORDERS, lit(0, "int")],
    [">", ["moment", "spent", "decimal"], lit("19.98", "decimal")],
)
specs = st.builds(
    lambda on, gap, holds, per: session(on=types(*on), gap_ms=gap, where=holds, per=per),
    st.sampled_from([("page_viewed",), ("page_viewed", "product_added"), ("calculator_used", "page_viewed")]),
    st.sampled_from([WITHIN, WITHIN, 5_000, 20_000]),
    st.sampled_from(_HOLDS),
    st.sampled_from([None, BASKET]),
)


GENERAL = True


def waits(spec: dict[str, Any]) -> bool:
    """Deadlines always do."""
    return True


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """In event time, whatever the order of arrival."""
    found: Moments = {}
    for key, all_of_key in by_key(spec, once(rows)).items():
        for visit in _visits(spec, [row for row in marked(all_of_key) if _asked_for(spec, row)]):
            values = _values(spec, visit)
            if spec["where"] is None or naive.holds(*as_attributes(spec["where"], values)) is True:
                ends = dict.fromkeys(event_mark(row["event_id"]) for row in (visit[0], visit[-1]))
                found[moment_id(spec["name"], subject, key, list(ends))] = (visit[-1]["at"] + spec["gap_ms"], values)
    return found


def _visits(spec: dict[str, Any], rows: list[Row]) -> list[list[Row]]:
    cuts = [place for place, (one, other) in enumerate(pairwise(rows), 1) if other["at"] - one["at"] > spec["gap_ms"]]
    return [rows[begin:end] for begin, end in pairwise([0, *cuts, len(rows)]) if begin < end]


def _asked_for(spec: dict[str, Any], row: Row) -> bool:
    return any(matched(row, matches) for matches in (spec["on"], *spec["counts"].values()))


def _values(spec: dict[str, Any], visit: list[Row]) -> dict[str, Any]:
    of = {name: [row for row in visit if matched(row, matches)] for name, matches in spec["counts"].items()}
    return {
        "count": len(visit),
        "seconds": (visit[-1]["at"] - visit[0]["at"]) // 1000,
        **{name: len(rows) for name, rows in of.items()},
        **collected(spec, visit, lambda part: of[part["of"]] if "of" in part else visit),
    }
