"""The load of the latency case, through the engine: it decides what it says it decides."""

from __future__ import annotations

from bench.latency import CHANNELS, Load, _decisive, prepared
from bench.workspace import make_workspace, with_banner
from cjo.avro.rows import row_of
from cjo.compile import compile_workspace
from cjo.engine import Engine
from cjo.simulate.replay import Replay

NOW_MS = 1_800_000_000_000
LOAD = Load(broker="", schema_id=1, partitions=4, customers=10, per_s=500, seconds=1, run="live1")


def test_every_prepared_customer_is_invited_by_their_next_page_and_not_before(tmp_path):
    plan = compile_workspace(with_banner(make_workspace(tmp_path / "journeys")))
    replay = Replay(Engine(plan))

    before = [kind for touchpoint in prepared(LOAD, NOW_MS) for kind, _ in take(replay, plan, touchpoint)]
    actions = [
        (record["customer_id"], record["channel"])
        for number in range(LOAD.deciding)
        for kind, record in take(replay, plan, _decisive(LOAD, number, NOW_MS + 10 * number))
        if kind == "action"
    ]

    assert "action" not in before
    assert set(actions) == {(f"live1-{number:06d}", channel) for number in range(LOAD.deciding) for channel in CHANNELS}
    assert len(actions) == 2 * LOAD.deciding


def take(replay, plan, touchpoint):
    subject, row = row_of(touchpoint, touchpoint["occurred_at"], plan["columns"])
    return replay.take(subject, row)
