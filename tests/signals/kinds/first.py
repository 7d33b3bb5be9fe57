"""first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.engine.build import BASKET, PRODUCT, first, tp, types
from tests.signals.common import Moments, Row, by_key, collected, marked, matched, once
from tests.signals.logs import WITHIN

FIRES = ([tp("order_completed", 0, order_id="o1"), tp("order_completed", 9, order_id="o2")], {"order": "o1"})
specs = st.builds(
    lambda names, since, settle, per: first(
        on=types(*names), since_ms=since, settle=settle, per=per, collect={"product": {"value": PRODUCT}}
    ),
    st.sampled_from([("page_viewed",), ("page_viewed", "product_added")]),
    st.sampled_from([None, WITHIN, 20_000, 1]),
    st.booleans(),
    st.sampled_from([None, BASKET]),
)
GENERAL = True


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """Judged with everything known (settle), or at each record in log order."""
    found = {}
    for key, mine in by_key(spec, once(rows)).items():
        matching = [row for row in mine if matched(row, spec["on"])]
        for row in (_settled if spec["settle"] else _at_once)(spec["since_ms"], matching):
            made = moment_id(spec["name"], subject, key, [event_mark(row["event_id"])])
            found[made] = (row["at"], collected(spec, [row]))
    return found


def _settled(since: int | None, rows: list[Row]) -> Iterator[Row]:
    """The first of each time that has none before it."""
    for place, row in enumerate(ordered := marked(rows)):
        if not any(since is None or one["at"] >= row["at"] - since for one in ordered[:place]):
            yield row


def _at_once(since: int | None, rows: list[Row]) -> Iterator[Row]:
    """What is known within the window before it, or after it, stands for it."""
    for place, row in enumerate(rows):
        if not any(since is None or abs(one["at"] - row["at"]) <= since for one in rows[:place]):
            yield row
