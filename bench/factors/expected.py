"""What must come of a plain log by the engine alone; a module of its own, for processes import it by name."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bench.factors.log import PlainLog, pool
from cjo.avro.rows import row_of
from cjo.client.partition import partition_of
from cjo.engine import Engine
from cjo.simulate.replay import Replay


def expected(log: PlainLog, plan: dict[str, Any], until_ms: int) -> dict[str, int]:
    """Moments by signal, without Flink; `until_ms` is the watermark at the end (UTC epoch ms)."""
    with pool() as processes:
        counts = [processes.submit(_replayed, log, plan, number, until_ms) for number in range(log.partitions)]
        return dict(sum((count.result() for count in counts), Counter[str]()))


def _replayed(log: PlainLog, plan: dict[str, Any], partition: int, until_ms: int) -> Counter[str]:
    rows = (
        row
        for customer, at_ms, touchpoint in log.touchpoints()
        if partition_of(customer, log.partitions) == partition
        and (row := row_of(touchpoint, at_ms, plan["columns"])) is not None
    )
    effects = Replay(Engine(plan)).run(rows, until_ms)
    return Counter(record["signal"] for _, (kind, record) in effects if kind == "moment")
