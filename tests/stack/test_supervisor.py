"""How often the supervisor starts again what keeps dying."""

from __future__ import annotations

from cjo.stack.supervisor import CALM_S, Backoff


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_start_is_at_once_and_the_next_ones_wait_longer() -> None:
    clock = Clock()
    backoff = Backoff(clock=clock)
    assert backoff.take()
    assert not backoff.take()

    clock.now += 1.0
    assert backoff.take()
    clock.now += 1.0
    assert not backoff.take()
    clock.now += 1.0
    assert backoff.take()


def test_a_component_that_was_calm_is_started_at_once_again() -> None:
    clock = Clock()
    backoff = Backoff(clock=clock)
    for _ in range(9):
        clock.now += 60.0
        assert backoff.take()

    clock.now += CALM_S + 1

    assert backoff.take()
    assert backoff.failures == 1
