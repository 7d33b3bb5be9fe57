"""S1, T3, T4, S5: count signals."""

import pytest

from tests.engine.build import DAY, MINUTE, PRODUCT, at, count, plan, play, tp

ROOM = {"open_runs": 20, "events_per_key": 5, "steps_per_input": 100, "run_ms_max": 30 * DAY}


def added(minutes, product="p", **fields):
    return tp("product_added", minutes, product_id=product, **fields)


def times(found):
    return [moment["at"] for moment in found.moments]


def test_s1_a_count_fires_once_on_the_crossing_with_what_it_collects():
    rows = [added(0, "a", amount="5.0000"), added(1, "b", amount="7.5000"), added(2, "a"), added(3, "d")]

    (moment,) = play(plan(count()), rows).moments

    assert moment["at"] == at(2)
    assert moment["values"] == {"count": 3, "n": 3, "items": ["b", "a"], "newest": "a", "total": "12.50"}
    assert [one["at"] for one in moment["evidence"]] == [at(0), at(1), at(2)]


def test_t3_a_touchpoint_exactly_as_old_as_the_window_counts_and_an_older_one_does_not():
    assert times(play(plan(count(at_least=2)), [added(0), added(60)])) == [at(60)]
    assert times(play(plan(count(at_least=2)), [added(0), added(60.001)])) == []


def test_s1_a_count_re_arms_once_it_has_fallen_below():
    rows = [added(minute) for minute in (0, 1, 2, 3, 100, 101, 102)]

    assert times(play(plan(count()), rows)) == [at(2), at(102)]


def test_s1_a_count_does_not_re_arm_before_its_cooldown():
    rows = [added(minute) for minute in (0, 1, 2, 100, 101, 102, 300, 301, 302)]

    assert times(play(plan(count(cooldown_ms=200 * MINUTE)), rows)) == [at(2), at(302)]


def test_distinct_counts_values_and_not_touchpoints():
    rows = [added(0, "a"), added(1, "a"), added(2, "b"), added(3, "a"), added(4, None), added(5, "c")]

    (moment,) = play(plan(count(distinct=PRODUCT)), rows).moments

    assert (moment["at"], moment["values"]["count"]) == (at(5), 3)
    assert [one["at"] for one in moment["evidence"]] == [at(2), at(3), at(5)]


def test_a_distinct_value_that_comes_again_stays_in_the_window():
    rows = [added(0, "a"), added(50, "a"), added(61, "b")]

    assert times(play(plan(count(distinct=PRODUCT, at_least=2)), rows)) == [at(61)]


def test_r1_each_key_is_counted_alone():
    rows = [added(0), added(1, basket_id="b2"), added(2), added(3, basket_id=None), added(4, basket_id="b2"), added(5)]

    found = play(plan(count(per=["field", "basket_id", "string"])), rows).moments

    assert [(moment["key"], moment["at"]) for moment in found] == [("b1", at(5))]


def test_a_touchpoint_that_matches_twice_counts_once():
    twice = {"type": "product_added", "where": None}

    assert times(play(plan(count(on=[twice, twice], at_least=2)), [added(0), added(1)])) == [at(1)]


def test_s5_a_repeated_touchpoint_counts_once():
    row = added(0)

    assert play(plan(count(at_least=2)), [row, dict(row)]).moments == []


def test_t4_a_late_touchpoint_counts_where_it_happened():
    rows = [added(0), added(1), tp("product_added", 30, basket_id="b1", product_id="p"), added(2)]

    found = play(plan(count(at_least=4)), rows).moments

    assert [(moment["at"], moment["late_ms"]) for moment in found] == [(at(30), 0)]


def test_t4_a_late_touchpoint_that_completes_a_count_says_how_late_it_is():
    rows = [added(0), added(1), added(90), added(2)]

    assert [(m["at"], m["late_ms"]) for m in play(plan(count()), rows).moments] == [(at(2), 88 * MINUTE)]


def test_s3_a_settled_count_waits_for_the_bound():
    rows = [added(0), added(0.06), added(0.03)]

    assert times(play(plan(count(settle=True)), rows, until_minutes=0)) == []
    assert times(play(plan(count(settle=True)), rows)) == [at(0.06)]


@pytest.mark.parametrize("settle", [False, True])
def test_a_count_with_more_touchpoints_than_it_keeps_stays_above_its_threshold(settle):
    rows = [added(minute / 10) for minute in range(200)]

    assert len(play(plan(count(at_least=6, settle=settle), limits=ROOM), rows).moments) == 1


def test_a_distinct_value_repeated_without_end_pushes_out_no_other():
    rows = [added(0, "a"), *(added(1 + number / 100, "b") for number in range(100)), added(3, "c")]

    found = play(plan(count(distinct=PRODUCT), limits=ROOM), rows)

    assert [(moment["at"], moment["values"]["items"]) for moment in found.moments] == [(at(3), ["b", "c"])]


def test_a_distinct_count_is_bounded_and_still_crosses_again():
    rows = [added(number / 100, f"p{number}") for number in range(300)] + [added(100 + n, f"q{n}") for n in range(3)]

    found = play(plan(count(distinct=PRODUCT), limits=ROOM), rows, until_minutes=0)

    assert times(found) == [at(0.02), at(102)]
    played = play(plan(count(distinct=PRODUCT), limits=ROOM, dedup_horizon_ms=1), rows[:300], until_minutes=0)
    assert len(played.replay.states["c1"]) < 7_000


def test_a_moment_from_a_window_that_was_cut_says_so():
    settled = count(settle=True, at_least=3)
    rows = [added(number / 1000) for number in range(20)]

    (moment,) = play(plan(settled, limits=ROOM), rows).moments

    assert moment["values"]["truncated"] is True
    assert moment["at"] > at(0.002)


def test_nothing_is_left_of_a_customer_once_the_window_is_over():
    assert play(plan(count(settle=True), count("more", distinct=PRODUCT)), [added(0), added(1)]).replay.states == {}
