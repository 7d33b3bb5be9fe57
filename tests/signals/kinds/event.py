"""event."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cjo.engine.ids import event_mark, moment_id
from tests.engine.build import event, tp, types
from tests.signals.common import Moments, Row, by_key, collected, matched, once

FIRES = ([tp("support_contacted", 0, attributes={"topic": "invoice"})], {"about": "invoice"})
specs = st.builds(
    lambda names, settle: event(on=types(*names), settle=settle),
    st.sampled_from([("page_viewed",), ("page_viewed", "product_added")]),
    st.booleans(),
)


GENERAL = True


def expected(spec: dict[str, Any], subject: str, rows: list[Row]) -> Moments:
    """Each matching touchpoint, whenever it is handled."""
    found = {}
    for key, mine in by_key(spec, once(rows)).items():
        for row in [row for row in mine if matched(row, spec["on"])]:
            made = moment_id(spec["name"], subject, key, [event_mark(row["event_id"])])
            found[made] = (row["at"], collected(spec, [row]))
    return found
