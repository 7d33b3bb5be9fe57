"""session."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.engine.build import BASKET, lit, session, tp, types
from tests.signals.common import Moments, Row, by_key, collected, marked, matched, once
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
_HOLDS: dict[str, Any] = {
    "always": (None, lambda values: True),
    "three": ([">=", _COUNT, lit(3, "int")], lambda values: values["count"] >= 3),
    "long": ([">=", _SECONDS, lit(21, "int")], lambda values: values["seconds"] >= 21),
    "no order": (["=", _ORDERS, lit(0, "int")], lambda values: values["orders"] == 0),
    "spent": (
        [">", ["moment", "spent", "decimal"], lit("19.98", "decimal")],
        lambda values: Decimal(values["spent"]) > Decimal("19.98"),
    ),
}
specs = st.builds(
    lambda on, gap, holds, per: session(on=types(*on), gap_ms=gap, where=_HOLDS[holds][0], per=per),
    st.sampled_from([("page_viewed",), ("page_viewed", "product_added"), ("calculator_used", "page_viewed")]),
    st.sampled_from([WITHIN, WITHIN, 5_000, 20_000]),
    st.sampled_from(list(_HOLDS)),
    st.sampled_from([None, BASKET]),
)

GENERAL = True


def waits(spec: dict[str, Any]) -> bool:
    """Always: a session is told at its deadline."""
    return True


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """In event time, whatever the order of arrival."""
    found: Moments = {}
    for key, mine in by_key(spec, [row for row in marked(once(rows)) if _asked_for(spec, row)]).items():
        for visit in _visits(spec, mine):
            values = _values(spec, visit)
            if _holds(spec)(values):
                ends = dict.fromkeys(event_mark(row["event_id"]) for row in (visit[0], visit[-1]))
                found[moment_id(spec["name"], subject, key, list(ends))] = (visit[-1]["at"] + spec["gap_ms"], values)
    return found


def _visits(spec: dict[str, Any], rows: list[Row]) -> list[list[Row]]:
    cuts = [place for place, (one, other) in enumerate(pairwise(rows), 1) if other["at"] - one["at"] > spec["gap_ms"]]
    return [rows[begin:end] for begin, end in pairwise([0, *cuts, len(rows)]) if begin < end]


def _holds(spec: dict[str, Any]) -> Any:
    return next(holds for where, holds in _HOLDS.values() if where == spec["where"])


def _asked_for(spec: dict[str, Any], row: Row) -> bool:
    return any(matched(row, matches) for matches in (spec["on"], *spec["counts"].values()))


def _values(spec: dict[str, Any], visit: list[Row]) -> dict[str, Any]:
    of = {name: [row for row in visit if matched(row, matches)] for name, matches in spec["counts"].items()}
    values = {"count": len(visit), "seconds": (visit[-1]["at"] - visit[0]["at"]) // 1000}
    values |= {name: len(rows) for name, rows in of.items()}
    for name, part in spec["collect"].items():
        values |= collected({"collect": {name: part}}, of[part["of"]] if "of" in part else visit)
    return values
