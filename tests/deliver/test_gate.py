"""Hard rates belong to the deliverer (D11)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cjo.deliver.outcome import DELIVERED, retry
from tests.deliver.worlds import gate


@given(st.integers(1, 200), st.lists(st.floats(0, 0.5), min_size=1, max_size=200))
def test_d11_no_window_of_any_length_holds_more_than_the_rate_and_a_burst(rate: int, waits: list[float]) -> None:
    made, now_s, begun = gate(float(rate), parallel=10_000), 0.0, list[float]()
    for wait_s in waits:
        now_s += wait_s
        while made.take(now_s):
            begun.append(now_s)
    burst = max(1.0, rate / 10)
    for number, early in enumerate(begun):
        for count, late in enumerate(begun[number:], 1):
            assert count <= rate * (late - early) + burst + 0.01


def test_d11_a_low_rate_is_hard_however_often_somebody_looks() -> None:
    made, begun = gate(1 / 60), 0
    for look in range(3600 * 20):  # an hour
        if made.take(look / 20):
            begun += 1
            made.land(DELIVERED, look / 20)
    assert begun <= 60 + 1


@given(st.integers(1, 200), st.integers(1, 60))
def test_d11_whoever_waits_as_told_gets_the_whole_rate(rate: int, attempts: int) -> None:
    made, now_s = gate(float(rate), parallel=10_000), 0.0
    for _ in range(attempts):
        wait_s = made.opens_in_s(now_s)
        assert wait_s is not None
        now_s += wait_s
        assert made.take(now_s)
    assert now_s <= attempts / rate


def test_so_many_attempts_at_a_time() -> None:
    made = gate(parallel=2)
    assert [made.take(0.0) for _ in range(3)] == [True, True, False]
    assert made.opens_in_s(0.0) is None
    made.land(DELIVERED, 0.0)
    assert made.take(0.0)


def test_waits_double_up_to_the_longest_and_chance_halves_them_at_most() -> None:
    assert [gate().wait_s(failures) for failures in (1, 2, 3, 7, 500)] == [1.0, 2.0, 4.0, 60.0, 60.0]
    made = gate()
    made._jitter = lambda: 0.0
    assert made.wait_s(3) == 2.0


def test_a_carrier_that_asks_for_a_pause_gets_it() -> None:
    made = gate()
    made.take(0.0)
    made.land(retry("HTTP 429", after_s=30.0, whole=True), 10.0)
    assert made.opens_in_s(10.0) == 30.0
    assert made.take(40.0) and made.opens_in_s(40.0) is None
