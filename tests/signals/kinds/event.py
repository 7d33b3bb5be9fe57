"""event."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.engine.build import event, tp, types
from tests.signals.common import Moments, Row, matched, once

FIRES = ([tp("support_contacted", 0, attributes={"topic": "invoice"})], {"about": "invoice"})
specs = st.builds(
    lambda names, settle: event(on=types(*names), settle=settle),
    st.sampled_from([("page_viewed",), ("page_viewed", "product_added")]),
    st.booleans(),
)


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """Each matching touchpoint, whenever it is handled."""
    mine = [row for row in once(rows) if matched(row, spec["on"])]
    return {moment_id(spec["name"], subject, "", [event_mark(row["event_id"])]): (row["at"], {}) for row in mine}
