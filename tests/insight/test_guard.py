"""A journey that sends more than its guard allows is told of once, in log time."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjo.compile import compile_workspace
from cjo.insight.guard import Excess, Guard, Limit, limits_of
from tests.spec import workspaces

T0 = 1_700_000_000_000
SECOND, MINUTE = 1_000, 60_000


def sent(at_ms: int, journey: str = "j", **more: Any) -> dict[str, Any]:
    return {"journey": journey, "kind": "send", "outcome": "accepted", "mode": "live", "decided_at": at_ms} | more


def test_more_than_allowed_in_the_window_is_told_once() -> None:
    guard = Guard({"j": Limit(2, MINUTE)})
    told = [guard.take(sent(T0 + number * SECOND)) for number in range(5)]
    assert told == [None, None, Excess("j", 3, Limit(2, MINUTE), T0 + 2 * SECOND), None, None]


def test_what_is_spread_over_more_time_than_the_window_is_fine() -> None:
    guard = Guard({"j": Limit(2, MINUTE)})
    assert [guard.take(sent(T0 + number * 31 * SECOND)) for number in range(20)] == [None] * 20


@pytest.mark.parametrize(
    "other",
    [{"outcome": "refused"}, {"outcome": "held_out"}, {"kind": "emit"}, {"mode": "shadow"}, {"mode": "test"},
     {"journey": "another"}],
)  # fmt: skip
def test_only_live_messages_of_the_journey_count(other: dict[str, Any]) -> None:
    guard = Guard({"j": Limit(1, MINUTE)})
    assert [guard.take(sent(T0, **other)) for _ in range(5)] == [None] * 5


def test_after_a_resume_it_counts_anew() -> None:
    guard = Guard({"j": Limit(1, MINUTE)})
    assert guard.take(sent(T0)) is None
    assert guard.take(sent(T0)) is not None
    assert guard.told == {"j"}
    guard.release("j")
    assert [guard.take(sent(T0 + 1)) is None for _ in range(2)] == [True, False]


@given(seed=st.integers(0, 10_000), limit=st.integers(1, 6))
def test_any_order_of_partitions_within_a_second_gives_the_same_as_counting_afterwards(seed: int, limit: int) -> None:
    chance = random.Random(seed)
    times = sorted(chance.randrange(0, 300) * SECOND for _ in range(40))
    guard = Guard({"j": Limit(limit, MINUTE)})
    told = next((one for at in times if (one := guard.take(sent(T0 + at)))), None)
    over = next((at for n, at in enumerate(times) if sum(1 for t in times[: n + 1] if t >= at - MINUTE) > limit), None)
    assert (None if told is None else told.at_ms - T0) == over


def test_the_guard_of_a_journey_is_in_the_plan_and_not_in_its_version(tmp_path: Path) -> None:
    [plain] = compile_workspace(workspaces.write(tmp_path))["journeys"]
    guarded = ("owner: shop", "owner: shop\nguard: {sends: 5000, per: 1 hour}")
    [journey] = compile_workspace(workspaces.write(tmp_path, journey=guarded))["journeys"]
    assert journey == {**plain, "guard": {"sends": 5000, "per_ms": 60 * MINUTE}}
    assert limits_of({"win-back": journey, "other": plain}) == {"win-back": Limit(5000, 60 * MINUTE)}
