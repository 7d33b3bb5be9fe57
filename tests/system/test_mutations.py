"""Checkers that can fail: each way of breaking engine or host is found within a few seeds, by its own check."""

from __future__ import annotations

import pytest

from tests.system.mutations import MUTATIONS, Mutation
from tests.system.play import play_seed

SEEDS = range(1000)
RARE = {
    "anybody_tested_on", "pauses_ignored_by_sends", "offers_without_cap", "caps_count_days_in_utc", "caps_one_too_many",
    "caps_reserve_nothing", "goal_ignored", "actions_named_without_visit", "wake_ups_too_early",
    "later_timers_replace_earlier", "restored_without_control", "sink_without_transactions",
}  # fmt: skip
"""What takes more than a few seeds to show: for the night."""


def each() -> list[object]:
    """Every mutation, the rare ones marked."""
    marks = {True: [pytest.mark.nightly], False: []}
    return [pytest.param(one, id=one.__name__, marks=marks[one.__name__ in RARE]) for one in MUTATIONS]


@pytest.mark.parametrize("mutation", each())
def test_a_mutation_is_caught(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation(monkeypatch)
    wanted = MUTATIONS[mutation]
    for seed in SEEDS:
        if wanted & {one.check for one in play_seed(seed).broken}:
            return
    raise AssertionError(f"{mutation.__name__} was not caught by {wanted} in {len(SEEDS)} seeds")
