"""S1, S3, T4: what settles is judged at each event time, in order; cases that a shortcut would get wrong."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import orjson
import pytest

from cjo.engine import Engine
from cjo.simulate.replay import Replay
from tests.engine.build import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    START_MS,
    absence,
    count,
    journey,
    plan,
    play,
    predict,
    reachable,
    send,
    session,
    tp,
    types,
    wait,
)

S = SECOND / MINUTE
DAYS = 24 * 60


def minutes(found: Any) -> list[float]:
    return [(moment["at"] - START_MS) / MINUTE for moment in found.moments]


def test_t4_a_touchpoint_before_what_is_judged_lifts_times_that_wait() -> None:
    late = play(plan(count(settle=True)), [tp("product_added", 0), tp("product_added", 50), tp("product_added", -1)])
    assert minutes(late) == [50]
    at_the_bound = [tp("product_added", 0), tp("product_added", 5 * S), tp("product_added", 0)]
    assert minutes(play(plan(count(settle=True)), at_the_bound)) == [5 * S]


def test_s1_a_signal_re_arms_at_a_time_that_fires_nothing_though_it_is_forgotten_before_the_next() -> None:
    features = [
        {"name": "v", "weight": "1", "count": types("page_viewed"), "window_ms": 30 * DAY},
        {"name": "c", "weight": "-4", "count": types("calculator_used"), "window_ms": HOUR},
    ]
    rows = [
        *(tp("page_viewed", at) for at in (0, 1, 2)),
        tp("calculator_used", 60), tp("page_viewed", 61), tp("page_viewed", 9 * DAYS),
    ]  # fmt: skip
    signal = predict(settle=True, intercept="-2.5", features=features)
    assert minutes(play(plan(signal), rows)) == [2, 9 * DAYS]


def test_t3_with_no_bound_all_that_happens_at_one_instant_is_judged_together() -> None:
    rows = [tp("product_added", at) for at in (0, 0, 0, 1)]
    found = play(plan(count(settle=True, at_least=2), bound_ms=0), rows)
    assert [moment["values"]["count"] for moment in found.moments] == [3]


def test_t4_a_session_longer_ago_than_the_late_horizon_but_not_than_the_bound_is_judged() -> None:
    signal = session(gap_ms=1000, counts={}, collect={}, where=None)
    found = play(plan(signal, late_horizon_ms=1000), [tp("page_viewed", 0), tp("page_viewed", 4 * S)])
    assert len(found.moments) == 2


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_s3_r3_who_has_bought_after_a_moment_is_not_reminded_in_whatever_order_it_came(order: tuple[int, ...]) -> None:
    steps = [wait(minutes=60), send()]
    often = journey(on="often", per=None, exit=types("order_completed"), steps=steps)
    came = [tp("product_added", 0), tp("product_added", 1 * S), tp("order_completed", 2 * S)]
    rows = [*reachable(), *[came[place] for place in order], tp("page_viewed", 10)]
    found = play(plan(count("often", settle=True, at_least=2), often), rows)
    assert found.actions == []
    assert ("end", "done", "exit_event") in found.decisions("end")


def test_s3_r3_nor_after_a_deadline_that_is_shorter_than_the_bound() -> None:
    left = journey(on="left", per=None, exit=types("order_completed"), steps=[wait(minutes=60), send()])
    waiting = absence("left", start=types("product_added"), unless=[], within_ms=1000, per=None)
    rows = [*reachable(), tp("order_completed", 3 * S), tp("product_added", 0), tp("page_viewed", 10)]
    found = play(plan(waiting, left), rows)
    assert found.actions == []
    assert ("end", "done", "exit_event") in found.decisions("end")


def test_what_no_run_can_ask_for_any_more_is_not_kept() -> None:
    often = journey(on="often", per=None, exit=types("order_completed"))
    rows = [tp("order_completed", 0), tp("order_completed", 4 * S), tp("product_added", 8 * S)]
    assert kept(often, rows[:2]) == [0, 4_000]
    assert kept(often, rows) == [4_000]


def kept(entered: dict[str, Any], rows: list[dict[str, Any]]) -> list[int]:
    replay = Replay(Engine(plan(count("often", settle=True, at_least=2), entered)))
    for row in rows:
        replay.take("c1", row)
    return [row["at"] - START_MS for row in orjson.loads(replay.states["c1"]).get("recent", ())]


def test_t3_who_has_bought_before_a_moment_settles_is_not_reminded() -> None:
    steps = [wait(minutes=60), send()]
    often = journey(on="often", per=None, exit=types("order_completed"), steps=steps)
    bought = tp("order_completed", 2 * S)
    rows = [*reachable(), tp("product_added", 0), bought, tp("product_added", 1 * S), tp("page_viewed", 10)]
    found = play(plan(count("often", settle=True, at_least=2), often), rows)
    assert found.actions == []
    assert ("end", "done", "exit_event") in found.decisions("end")
