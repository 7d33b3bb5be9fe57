"""S1, S2, S3, S5: what each kind of signal does."""

import pytest

from tests.engine.build import DAY, MINUTE, absence, at, event, plan, play, score, tp


def times(found):
    return [moment["at"] for moment in found.moments]


def test_s1_a_score_fires_once_on_the_crossing():
    found = play(plan(score()), [tp("calculator_used", 0), tp("calculator_used", 1), tp("calculator_used", 2)])

    assert times(found) == [at(1)]
    assert found.moments[0]["values"] == {"score": 6}
    assert [one["at"] for one in found.moments[0]["evidence"]] == [at(0), at(1)]


def test_s1_a_score_re_arms_once_it_has_fallen_below():
    rows = [tp("calculator_used", minute) for minute in (0, 1, 2, 100, 101)]

    assert times(play(plan(score()), rows)) == [at(1), at(101)]


def test_s1_a_score_does_not_re_arm_before_its_cooldown():
    rows = [tp("calculator_used", minute) for minute in (0, 1, 100, 101, 300, 301)]

    assert times(play(plan(score(cooldown_ms=200 * MINUTE)), rows)) == [at(1), at(301)]


def test_s1_a_touchpoint_out_of_order_does_not_re_arm():
    rows = [tp("calculator_used", minute) for minute in (0, 1, 2)]
    rows += [tp("page_viewed", -1), tp("calculator_used", 3)]

    assert times(play(plan(score()), rows)) == [at(1)]


def test_t3_a_point_exactly_as_old_as_the_window_still_counts():
    assert times(play(plan(score()), [tp("calculator_used", 0), tp("calculator_used", 60)])) == [at(60)]


def test_a_score_with_more_points_than_it_keeps_stays_above_its_threshold():
    rows = [tp("page_viewed", minute / 100) for minute in range(500)]

    assert len(play(plan(score()), rows).moments) == 1


def test_s2_a_repeated_start_restarts_the_clock():
    found = play(plan(absence()), [tp("product_added", 0), tp("product_added", 20)])

    assert times(found) == [at(50)]
    assert found.moments[0]["values"]["items"] == ["p1", "p1"]


def test_s2_a_repeated_start_keeps_the_first_where_the_author_says_so():
    found = play(plan(absence(on_repeat="keep")), [tp("product_added", 0), tp("product_added", 20)])

    assert times(found) == [at(30)]


def test_s2_another_basket_of_the_same_customer_is_its_own_absence():
    rows = [tp("product_added", 0), tp("order_completed", 10, basket_id="b2"), tp("product_added", 1, basket_id="b2")]

    assert [moment["key"] for moment in play(plan(absence()), rows).moments] == ["b1"]


def test_s2_a_touchpoint_without_the_key_does_not_count():
    rows = [tp("product_added", 0), tp("order_completed", 10, basket_id=None), tp("product_added", 1, basket_id=None)]

    assert [moment["key"] for moment in play(plan(absence()), rows).moments] == ["b1"]


def test_collected_values_leave_out_what_was_taken_back():
    rows = [
        tp("product_added", 0, product_id="a", amount="10.0000"),
        tp("product_added", 1, product_id="b", amount="5.5000"),
        tp("product_removed", 2, product_id="a"),
    ]

    assert play(plan(absence()), rows).moments[0]["values"] == {"items": ["b"], "total": "5.50"}


def test_what_lies_before_a_purchase_is_not_collected_again():
    rows = [tp("product_added", 0), tp("order_completed", 5), tp("product_added", 10, product_id="p2")]

    assert play(plan(absence()), rows).moments[0]["values"]["items"] == ["p2"]


def test_an_absence_with_more_starts_than_it_keeps_says_so():
    rows = [tp("product_added", minute / 100) for minute in range(250)]

    assert play(plan(absence()), rows).moments[0]["values"]["truncated"] is True


def test_an_event_fires_at_once_with_what_it_collects():
    spec = event(collect={"shop": {"value": ["attr", "shop", "string"]}})

    found = play(plan(spec), [tp("page_viewed", 3, attributes={"shop": "north"})], until_minutes=0)

    assert [(moment["at"], moment["values"]) for moment in found.moments] == [(at(3), {"shop": "north"})]


def test_an_amount_is_shown_as_sums_are_whatever_its_scale():
    amount = ["field", "amount", "decimal"]
    spec = event(collect={"newest": {"value": amount}, "all": {"each": amount}, "total": {"sum": amount}})

    (whole, fine) = play(
        plan(spec), [tp("page_viewed", 1, amount="89.5000"), tp("page_viewed", 2, amount="0.1250")], until_minutes=0
    ).moments

    assert whole["values"] == {"newest": "89.50", "all": ["89.50"], "total": "89.50"}
    assert fine["values"] == {"newest": "0.125", "all": ["0.125"], "total": "0.125"}


def test_s3_a_settled_event_waits_for_the_bound_and_keeps_event_time_order():
    rows = [tp("page_viewed", 0.05), tp("page_viewed", 0)]

    assert times(play(plan(event(settle=True)), rows, until_minutes=0)) == []
    assert times(play(plan(event(settle=True)), rows)) == [at(0), at(0.05)]


def test_s3_the_same_log_gives_the_same_ids():
    rows = [tp("calculator_used", 0), tp("calculator_used", 1), tp("product_added", 2)]

    first, second = (play(plan(score(), absence()), rows) for _ in range(2))

    assert [moment["moment_id"] for moment in first.moments] == [moment["moment_id"] for moment in second.moments]


def test_s5_a_repeated_event_counts_once():
    row = tp("calculator_used", 0)

    found = play(plan(score()), [row, dict(row), dict(row)])

    assert found.moments == []
    assert found.of("count") == ["duplicate", "duplicate"]


def test_s5_the_same_id_with_other_content_is_a_conflict_and_the_first_wins():
    first = tp("product_added", 0, amount="5.0000")

    found = play(plan(absence()), [first, first | {"amount": "90.0000", "at": at(10)}])

    assert found.of("count") == ["conflict"]
    assert [(moment["at"], moment["values"]["total"]) for moment in found.moments] == [(at(30), "5.00")]


def test_s5_a_retry_with_a_new_receiving_time_is_still_a_duplicate():
    first = tp("product_added", 0, received_at=1)

    assert play(plan(absence()), [first, first | {"received_at": 2}]).of("count") == ["duplicate"]


@pytest.mark.parametrize("days", [6, 20])
def test_s5_an_event_id_is_remembered_for_the_horizon_and_then_forgotten(days):
    first = tp("page_viewed", 0)
    later = tp("page_viewed", days * 24 * 60)

    found = play(plan(event()), [first, later, dict(first)])

    assert len(found.moments) == (2 if days == 6 else 3)


def test_nothing_is_left_of_a_subject_once_nothing_is_open():
    rows = [tp("product_added", 0), tp("page_viewed", 1), tp("order_completed", 2)]

    assert play(plan(absence(), score(), event(settle=True)), rows).replay.states == {}


def test_an_input_that_nothing_asks_for_changes_nothing_not_even_the_clock():
    rows = [tp("product_added", 0), tp("newsletter_read", 500)]

    assert play(plan(absence()), rows, until_minutes=29).moments == []


def test_memory_stays_bounded_for_a_customer_with_very_many_events():
    rows = [tp("page_viewed", minute) for minute in range(3_000)]

    blob = play(plan(score(), dedup_horizon_ms=DAY), rows, until_minutes=0).replay.states["c1"]

    assert len(blob) < 60_000
