"""A journey that sends more than its guard allows is told of once, in log time."""

from __future__ import annotations

import random
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cjo.compile import compile_workspace
from cjo.insight.guard import Excess, Guard, Limit, _Count, limits_of
from tests.spec import workspaces

T0 = 1_700_000_000_000
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


def sent(at_ms: int, journey: str = "j", **more: Any) -> dict[str, Any]:
    about = {"decision_id": f"d{next(_NUMBERS)}", "journey": journey, "decided_at": at_ms}
    return {**about, "kind": "send", "outcome": "accepted", "mode": "live"} | more


_NUMBERS = count()


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


def fullest(times: list[int], per_ms: int) -> int:
    """How many lie in the fullest window that ends with one of them."""
    return max(sum(1 for one in times if at - per_ms <= one <= at) for at in times)


@given(seed=st.integers(0, 10_000), limit=st.integers(1, 6), per=st.sampled_from([10 * SECOND, MINUTE, 200 * SECOND]))
def test_any_order_of_partitions_tells_of_an_excess_as_soon_as_it_is_there(seed: int, limit: int, per: int) -> None:
    chance = random.Random(seed)
    times = [chance.randrange(0, 600) * SECOND for _ in range(40)]
    orders = chance.choice([sorted(times), times, sorted(times[::2]) + sorted(times[1::2]), sorted(times)[::-1]])
    guard = Guard({"j": Limit(limit, per)})
    told = [guard.take(sent(T0 + at)) for at in orders]
    over = next((n for n in range(40) if fullest(orders[: n + 1], per) > limit), None)
    assert [n for n, one in enumerate(told) if one] == ([] if over is None else [over])
    if over is not None:
        assert told[over] == Excess("j", limit + 1, Limit(limit, per), T0 + orders[over])


def test_a_partition_that_is_read_after_another_counts_where_it_sent() -> None:
    """60 messages of an hour in each, and both go on for five hours: together they were too many."""
    hour = [T0 + number * 30 * SECOND for number in range(120)]
    later = [T0 + 5 * HOUR + number * MINUTE for number in range(10)]
    guard = Guard({"j": Limit(100, HOUR)})
    told = [guard.take(sent(at)) for at in [*hour[::2], *later, *hour[1::2], *later]]
    assert [one.sends for one in told if one] == [101]


def test_a_message_that_is_read_twice_counts_once() -> None:
    guard = Guard({"j": Limit(100, HOUR)})
    several = [sent(T0 + number * SECOND) for number in range(60)]
    assert [guard.take(one) for one in [*several, *several]] == [None] * 120


def test_what_is_forgotten_is_long_past_and_never_in_the_newest_window() -> None:
    few = _Count(MINUTE, kept=50)
    for number in range(1_000):
        assert few.add(f"{number}", T0 + number * SECOND) == min(number + 1, 61)
    assert few.add("old", T0) == 0
    assert few.add("recent", T0 + 950 * SECOND) == 62
    crowd = _Count(MINUTE, kept=50)
    assert [crowd.add(f"{number}", T0 + number) for number in range(1_000)] == [*range(1, 1_001)]


def test_a_window_that_has_changed_counts_from_then_on() -> None:
    guard = Guard({"j": Limit(1, MINUTE)})
    guard.take(sent(T0))
    guard.limits = {"j": Limit(1, HOUR)}
    assert [guard.take(sent(T0 + at)) is None for at in (1, 2)] == [True, False]


def test_what_was_sent_before_the_resume_does_not_count_also_where_it_is_read_after_it() -> None:
    guard = Guard({"j": Limit(1, MINUTE)})
    guard.count_from("j", T0 + 10)
    assert [guard.take(sent(T0 + at)) is None for at in (1, 2, 3, 10, 11)] == [True, True, True, True, False]


def test_the_guard_of_a_journey_is_in_the_plan_and_not_in_its_version(tmp_path: Path) -> None:
    [plain] = compile_workspace(workspaces.write(tmp_path))["journeys"]
    guarded = ("owner: shop", "owner: shop\nguard: {sends: 5000, per: 1 hour}")
    [journey] = compile_workspace(workspaces.write(tmp_path, journey=guarded))["journeys"]
    assert journey == {**plain, "guard": {"sends": 5000, "per_ms": 60 * MINUTE}}
    assert limits_of({"win-back": journey, "other": plain}) == {"win-back": Limit(5000, 60 * MINUTE)}
