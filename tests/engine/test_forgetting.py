"""Forgetting: what no signal of the plan asks for goes, and nothing wakes its subject for it."""

from __future__ import annotations

import orjson

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import DAY, absence, at, event, plan, tp

_MINUTES_OF_A_DAY = DAY // 60_000


def test_memory_and_wake_ups_of_a_signal_that_is_gone_go_with_the_next_forgetting() -> None:
    known = Replay(Engine(plan(absence(within_ms=300 * DAY), event(settle=True))))
    for basket in ("b1", "b2"):
        known.take("c1", tp("product_added", 0, basket_id=basket, product_id="p1"))
    state = orjson.loads(known.states["c1"])
    assert set(state["sig"]["abandoned"]) == {"b1", "b2"}
    assert [wake[2] for wake in state["wakes"]] == ["f", "s:abandoned:b1", "s:abandoned:b2"]
    state["wakes"].append([at(400 * _MINUTES_OF_A_DAY), 0, "s:abandoned:b3"])  # one that outlived its memory

    replay = Replay(Engine(plan(event(settle=True))))
    replay.begin("c1", state)
    replay.take("c1", tp("page_viewed", 9 * _MINUTES_OF_A_DAY))

    left = orjson.loads(replay.states["c1"])
    assert set(left["sig"]) == {"seen"}
    assert [wake[2] for wake in left["wakes"]] == ["s:seen:", "f"]


def test_a_place_that_an_older_cjo_left_without_a_key_keeps_no_subject() -> None:
    engine = Engine(plan(event(settle=True)))
    state = engine.on_input(None, "c1", tp("page_viewed", 0)).state
    assert state is not None
    state["sig"]["seen"].clear()
    state["wakes"] = [wake for wake in state["wakes"] if wake[2] == "f"]

    assert engine.on_time(state, "c1", at(10 * _MINUTES_OF_A_DAY)).state is None
