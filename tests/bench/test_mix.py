"""The benchmark's mix of signals: each touchpoint of its log is asked for by as many of them as were ordered."""

from __future__ import annotations

import orjson
import pytest

from bench.engine import END_MS, measure_mix
from bench.mix import lines_of, plan_of
from cjo.avro.rows import row_of
from cjo.engine.plan import CompiledPlan


@pytest.mark.parametrize(("signals", "touched"), [(1, 1), (20, 1), (20, 3)])
def test_each_touchpoint_is_touched_by_so_many_signals(signals: int, touched: int) -> None:
    plan = plan_of(signals, touched)
    compiled = CompiledPlan(plan)
    assert len(plan["signals"]) == signals
    for line in lines_of(signals, customers=20, touchpoints=500, end_ms=END_MS):
        timestamp_ms, touchpoint = orjson.loads(line)
        taken = row_of(touchpoint, timestamp_ms, plan["columns"])
        assert taken is not None
        found = compiled.wanted.match(taken[1]) or []

        assert len({signal.name for signal, _, _ in found}) == touched


def test_moments_come_of_the_mix() -> None:
    found = measure_mix(signals=20, touched=3, customers=40, touchpoints=2_000, rounds=1)
    assert (found.signals, found.touched, found.relevant) == (20, 3.0, 2_000)
    assert found.effects > 100
