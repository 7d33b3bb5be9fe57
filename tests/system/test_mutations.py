"""Checkers that can fail: each way of breaking engine or host is found within a few seeds, by its own check."""

from __future__ import annotations

import pytest

from tests.system.mutations import MUTATIONS, Mutation
from tests.system.play import play_seed

SEEDS = range(150)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.__name__)
def test_a_mutation_is_caught(mutation: Mutation, monkeypatch: pytest.MonkeyPatch) -> None:
    mutation(monkeypatch)
    wanted = MUTATIONS[mutation]
    for seed in SEEDS:
        if wanted & {one.check for one in play_seed(seed).broken}:
            return
    raise AssertionError(f"{mutation.__name__} was not caught by {wanted} in {len(SEEDS)} seeds")
