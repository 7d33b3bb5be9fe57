"""Generated logs: with ties, gaps, duplicates, and disorder within the bound."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.engine.build import BOUND, START_MS

TYPES = ["product_added", "product_added", "order_completed", "product_removed", "page_viewed", "calculator_used"]
WITHIN = 60_000


@st.composite
def logs(draw):
    """Rows of one customer in order of arrival; every distance that matters occurs often."""
    gap = st.sampled_from([0, 0, 1, 1_000, 5_000, 20_000, 30_000, WITHIN - 1, WITHIN, WITHIN + 1, 3 * WITHIN])
    rows, now = [], START_MS
    for number in range(draw(st.integers(1, 25))):
        now += draw(gap)
        row = {"event_id": f"e{number}", "type": draw(st.sampled_from(TYPES)), "at": now}
        row |= {"basket_id": draw(st.sampled_from(["b1", "b1", "b2"])), "product_id": draw(st.sampled_from("pq"))}
        rows.append(row | {"amount": draw(st.sampled_from(["1.0000", "19.9900"]))})
    delays = draw(st.lists(st.integers(0, BOUND - 1), min_size=len(rows), max_size=len(rows)))
    arrived = [row for _, row in sorted(zip(delays, rows, strict=True), key=lambda one: one[0] + one[1]["at"])]
    for repeat in draw(st.lists(st.sampled_from(arrived), max_size=3)):
        arrived.append(repeat)
    return arrived
