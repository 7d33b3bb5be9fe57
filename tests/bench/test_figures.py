"""The benchmark's arithmetic: rates, percentiles, the check of counts, targets."""

from __future__ import annotations

import pytest

from bench.figures import Target, differences, percentile, steady


def test_start_up_and_the_end_are_left_out_of_the_steady_rate():
    samples = [(10.0, 0), (20.0, 100), (28.0, 900), (60.0, 1_000)]

    middle = steady(samples, 1_000)

    assert middle is not None
    assert (middle.records, middle.seconds, middle.per_s) == (800, 8.0, 100.0)


def test_times_between_two_samples_are_interpolated():
    middle = steady([(0.0, 0), (10.0, 1_000)], 1_000)

    assert middle is not None
    assert middle.seconds == pytest.approx(8.0)


def test_a_metric_that_stands_still_does_not_stretch_the_middle():
    smooth = steady([(0.0, 0), (1.0, 100), (9.0, 900)], 1_000)
    stale = steady([(0.0, 0), (1.0, 100), (1.25, 100), (9.0, 900), (9.25, 900)], 1_000)

    assert smooth == stale


@pytest.mark.parametrize(
    "samples", [[], [(0.0, 500)], [(0.0, 0), (1.0, 800)], [(0.0, 200), (1.0, 1_000)], [(1.0, 0), (1.0, 1_000)]]
)
def test_too_few_samples_give_no_rate(samples):
    assert steady(samples, 1_000) is None


def test_a_percentile_is_a_value_that_was_measured():
    values = [float(n) for n in range(100, 0, -1)]

    assert percentile(values, 0.5) == 50.0
    assert percentile(values, 0.99) == 99.0
    assert percentile(values, 1.0) == 100.0
    assert percentile(values, 0.0) == 1.0
    assert percentile([7.0], 0.99) == 7.0


def test_a_percentile_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_equal_counts_give_no_difference():
    assert differences("cjo", {"a": 3, "b": 0}, {"a": 3}) == []


def test_each_wrong_count_is_told_also_of_a_name_nobody_expected():
    assert differences("cjo", {"a": 1_200, "b": 1}, {"a": 1_199, "c": 2}) == [
        "cjo: 1,200 a expected, got 1,199",
        "cjo: 1 b expected, got 0",
        "cjo: 0 c expected, got 2",
    ]


def test_a_target_is_judged_by_both_rates():
    target = Target("cjo", 0.4, "limit")

    assert str(target.verdict({"cjo": 40.0, "limit": 100.0})).endswith("reached")
    assert str(target.verdict({"cjo": 39.0, "limit": 100.0})).endswith("MISSED")
    assert target.verdict({"cjo": 40.0, "limit": None}) is None
    assert target.verdict({"cjo": 40.0}) is None


def test_what_misses_a_target_by_little_does_not_look_like_it():
    target = Target("base", 0.35, "limit")

    assert (
        target.verdict({"base": 223_953, "limit": 645_801}) == "base is 0.34 of limit, at least 0.35 is wanted: MISSED"
    )
