"""S3, S5, T3: moments of an account are those of the reference on the log sorted by event time, however it is read.

Each member's touchpoints lie in a partition of their own, out of order within the bound, and the partitions are read in
any interleaving: one may be read to its end before another is begun. The watermark is that of the slowest.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import BOUND, DAY, plan
from tests.signals.kinds import KINDS
from tests.signals.logs import logs
from tests.signals.test_differential import GENERATED

ACCOUNT = "@account:A17"
KIND = {"key": ["field", "session_id", "string"], "contact": None, "remember_ms": 90 * DAY}
MEMBERS = ("c1", "c2", "c3")
COLUMNS = ["customer_id", "session_id", "basket_id", "product_id", "amount", "attributes"]


@st.composite
def readings(draw: st.DrawFn, log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a log in an order in which three partitions may be read."""
    rows = sorted({row["event_id"]: row for row in log}.values(), key=lambda row: (row["at"], row["event_id"]))
    left = {member: [] for member in MEMBERS}
    for row in rows:
        member = draw(st.sampled_from(MEMBERS))
        left[member].append({**row, "customer_id": member, "session_id": "A17"})
    for member, own in left.items():
        delays = draw(st.lists(st.integers(0, BOUND - 1), min_size=len(own), max_size=len(own)))
        arrived = sorted(zip(delays, own, strict=True), key=lambda one: one[0] + one[1]["at"])
        left[member] = [row for _, row in arrived]
        left[member] += [draw(st.sampled_from(left[member]))] if own and draw(st.booleans()) else []
    order = draw(st.permutations([member for member, own in left.items() for _ in own]))
    return [left[member].pop(0) for member in order]


def moments_of(spec: dict[str, Any], reading: list[dict[str, Any]]) -> dict[str, tuple[int, dict[str, Any]]]:
    replay = Replay(Engine(plan(spec) | {"subjects": {"account": KIND}, "columns": COLUMNS}))
    newest = dict.fromkeys(MEMBERS, 0)
    rest = {member: sum(row["customer_id"] == member for row in reading) for member in MEMBERS}
    effects: list[Any] = []
    for row in reading:
        member = row["customer_id"]
        effects += replay.take(member, row)
        newest[member], rest[member] = max(newest[member], row["at"]), rest[member] - 1
        open_ones = [newest[one] for one in MEMBERS if rest[one]]
        if open_ones:
            effects += [one for _, more in replay.advance(min(open_ones) - BOUND - 1) for one in more]
    effects += [one for _, more in replay.advance(max(newest.values()) + 400 * DAY) for one in more]
    found = [record for kind, record in effects if kind == "moment"]
    assert {moment["subject"] for moment in found} <= {ACCOUNT}
    assert all(moment["late_ms"] == 0 for moment in found)
    return {moment["moment_id"]: (moment["at"], moment["values"]) for moment in found}


@pytest.mark.parametrize("kind", GENERATED)
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_s3_moments_of_an_account_are_those_of_the_sorted_log_in_any_interleaving_of_partitions(kind, data):
    spec = {**data.draw(KINDS[kind].specs), "subject": "account", "settle": False}
    log = data.draw(logs())
    in_order = sorted({row["event_id"]: row for row in log}.values(), key=lambda row: (row["at"], row["event_id"]))
    wanted = KINDS[kind].expected(spec, ACCOUNT, in_order)

    assert moments_of(spec, data.draw(readings(log))) == wanted
    assert moments_of(spec, data.draw(readings(log))) == wanted
