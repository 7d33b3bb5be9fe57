"""S1, S3, T3, T4, F4: change signals."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import Engine, core
from cjo.simulate.replay import Replay
from tests.engine.build import (
    AMOUNT,
    BASKET,
    BOUND,
    DAY,
    HOUR,
    START_MS,
    absence,
    change,
    journey,
    plan,
    play,
    reachable,
    score,
    tp,
    types,
)
from tests.signals.kinds import change as changes
from tests.signals.logs import logs

NOISE = score("noise", at_least=1_000)
MIDNIGHT = START_MS // DAY * DAY
FALLEN = {"recent": 3, "baseline": 28, "percent": 42}


def seen(day, ms=0, kind="page_viewed", **fields):
    """A touchpoint so many days after a midnight, and so many milliseconds."""
    return tp(kind, 0, **fields) | {"at": MIDNIGHT + round(day * DAY) + ms}


def daily(first, last, **fields):
    """One a day at noon."""
    return [seen(day + 0.5, **fields) for day in range(first, last)]


def found(spec, rows, **workspace):
    """(days after the midnight, values) of the moments."""
    moments = play(plan(spec, NOISE, **workspace), rows).moments
    return [((one["at"] - MIDNIGHT) / DAY, one["values"]) for one in moments]


@pytest.fixture
def voided(monkeypatch):
    """Ids of moments that turned out never to have been."""
    taken, take_back = [], core.runs.take_back
    monkeypatch.setattr(core.runs, "take_back", lambda turn, one: (taken.append(one), take_back(turn, one)))
    return taken


def test_a_rate_falls_while_nothing_happens():
    assert found(change(), daily(0, 40)) == [(44, FALLEN)]


def test_s1_it_fires_once_and_again_after_it_was_no_longer_so():
    times = [day for day, _ in found(change(), [*daily(0, 40), *daily(60, 100)])]

    assert times == [44, 104]


def test_s1_it_does_not_re_arm_before_its_cooldown():
    rows = [*daily(0, 40), *daily(60, 100)]

    assert [day for day, _ in found(change(cooldown_ms=50 * DAY), rows)] == [44, 104]
    assert [day for day, _ in found(change(cooldown_ms=70 * DAY), rows)] == [44]


def test_s1_what_fell_and_came_back_for_a_day_falls_again_when_that_is_no_longer_enough():
    """What comes back re-arms; what leaves the recent window before it does makes the rate fall again."""
    short = {"recent_ms": 4 * DAY, "baseline_ms": 8 * DAY, "baseline_spans_ms": 0}
    rows = [seen(day + part) for day in range(8) for part in (0.2, 0.6)]
    rows += [seen(day + 0.5) for day in (8, 9, 10, 11)] + [seen(11.6), seen(11.7)]

    spec = change(**short, falls_to=5_000, baseline_at_least="1")

    assert [day for day, _ in found(spec, rows)] == [
        (one[0] - MIDNIGHT) / DAY for one in sorted(changes.expected(spec, "c1", rows).values(), key=lambda one: one[0])
    ]


def test_a_rate_rises_and_is_told_at_the_end_of_the_day():
    rows = [*daily(0, 40), *(seen(39.6 + part) for part in (0, 0.1, 0.2, 0.3))]
    spec = change(falls_to=None, rises_to=15_000)

    assert found(spec, rows) == [(40, {"recent": 11, "baseline": 28, "percent": 157})]


def test_a_newcomer_who_comes_every_day_has_no_rise_and_one_without_history_no_baseline():
    rising = {"falls_to": None, "rises_to": 15_000}

    assert found(change(**rising), daily(0, 40)) == []
    assert [day for day, _ in found(change(**rising, baseline_spans_ms=0), daily(0, 40))] == [15]


def test_too_little_history_is_no_baseline():
    every_four_days = [seen(day + 0.5) for day in range(0, 40, 4)]

    assert found(change(), every_four_days) == []
    assert [day for day, _ in found(change(baseline_at_least="7", falls_to=0), every_four_days)] == [44]


def test_t3_what_happens_at_exactly_a_buckets_end_is_inside_and_what_is_as_old_as_the_window_is_in_the_baseline():
    spec = change(falls_to=0)

    assert [day for day, _ in found(spec, [*daily(0, 40), seen(41)])] == [48]
    assert [day for day, _ in found(spec, [*daily(0, 40), seen(41, ms=1)])] == [49]


def test_a_sum_of_a_value_is_compared_exactly():
    spec = change(of=AMOUNT, baseline_at_least="2.80")
    rows = daily(0, 40, amount="0.1000")

    assert found(spec, rows) == [(44, {"recent": "0.30", "baseline": "2.80", "percent": 42})]
    assert found(change(of=AMOUNT, baseline_at_least="2.81"), rows) == []


def test_f4_a_rise_that_no_number_of_64_bits_tells_is_told_as_the_greatest_of_them():
    """State and records have room for no greater one."""
    spec = change(of=AMOUNT, falls_to=None, rises_to=20_000, baseline_at_least="0.000000000000000001")
    rows = [*daily(0, 40, amount="0.000000000000000001"), seen(40.5, amount="999999999999999999")]

    assert [values["percent"] for _, values in found(spec, rows)] == [(1 << 63) - 1]


def test_a_refund_lowers_a_sum_at_once():
    rows = [*daily(0, 40, amount="1.0000"), seen(39.7, amount="-5.0000")]

    assert [day for day, _ in found(change(of=AMOUNT), rows)] == [40]


def test_r1_each_key_has_a_rate_of_its_own():
    rows = [row | {"basket_id": basket} for basket, last in (("b1", 30), ("b2", 35)) for row in daily(0, last)]
    rows.sort(key=lambda row: row["at"])

    moments = play(plan(change(per=BASKET)), rows).moments

    assert [(one["key"], (one["at"] - MIDNIGHT) / DAY) for one in moments] == [("b1", 34), ("b2", 39)]


@pytest.mark.interpreted
def test_t4_a_late_touchpoint_takes_back_a_fall_that_was_none_and_it_comes_later(voided):
    late = [seen(41.5), seen(42.5), seen(43.9)]
    rows = [*reachable(), *daily(0, 40), tp("calculator_used", 0) | {"at": MIDNIGHT + 44 * DAY + HOUR}, *late]

    moments = play(plan(change(), NOISE, journey(on="fell"), late_horizon_ms=4 * DAY), rows).moments

    assert voided == [moments[0]["moment_id"]]
    assert [(one["at"] - MIDNIGHT) / DAY for one in moments] == [44, 47]


def test_t4_late_touchpoints_that_make_a_baseline_fire_what_should_have_fired():
    rows = [*daily(0, 33), seen(40, kind="calculator_used"), *daily(33, 34)]
    spec = change(baseline_at_least="28", falls_to=0)

    (moment,) = play(plan(spec, NOISE, late_horizon_ms=14 * DAY), rows).moments

    assert ((moment["at"] - MIDNIGHT) / DAY, moment["late_ms"]) == (41, 0)


def test_t4_a_fall_before_the_first_touchpoint_that_came_is_found():
    spec = change(every_ms=HOUR, recent_ms=HOUR, baseline_ms=4 * HOUR, baseline_spans_ms=0, baseline_at_least="2")
    rows = [seen(0, ms=20 * HOUR), seen(0, ms=HOUR + 1), seen(0, ms=HOUR + 2)]

    moments = play(plan(spec, NOISE), rows).moments

    assert [((one["at"] - MIDNIGHT) / HOUR, one["late_ms"] / HOUR) for one in moments] == [(3, 17)]


@pytest.mark.interpreted
def test_t4_a_fall_that_time_has_told_is_taken_back_by_a_touchpoint_within_the_bound_of_the_customers_clock(voided):
    replay = Replay(Engine(plan(change(falls_to=0))))
    for row in daily(0, 40):
        replay.take("c1", row)
    told = [effects for _, effects in replay.advance(MIDNIGHT + 47 * DAY + BOUND)]
    late = replay.take("c1", seen(47, ms=-1))

    ((kind, moment),) = [one for effects in told for one in effects]
    assert (kind, (moment["at"] - MIDNIGHT) / DAY, late) == ("moment", 47, [])
    assert voided == [moment["moment_id"]]


@st.composite
def dense(draw):
    """Many touchpoints in few buckets: rates that go up and down."""
    rows, now = [], START_MS
    for number in range(draw(st.integers(1, 40))):
        now += draw(st.sampled_from([0, 1_000, 4_999, 5_000, 5_001, 10_000, 20_000]))
        rows.append({"event_id": f"e{number}", "type": "product_added", "at": now, "basket_id": "b1", "amount": "1.0"})
    return rows


@settings(max_examples=500, deadline=None)
@given(dense(), changes.specs, st.sampled_from([BOUND, 30_000, DAY]))
def test_s1_t3_rates_that_go_up_and_down_are_judged_as_the_reference_does(log, spec, late_ms):
    made = plan(spec, late_horizon_ms=late_ms)
    moments = {one["moment_id"]: (one["at"], one["values"]) for one in play(made, log).moments}

    assert moments == changes.expected(spec, "c1", log)


@settings(max_examples=200, deadline=None)
@given(st.one_of(logs(), dense()), changes.specs, st.randoms(use_true_random=False))
def test_s3_moments_do_not_depend_on_arrival_within_the_bound(log, spec, random):
    distinct = list({row["event_id"]: row for row in log}.values())
    other = sorted(distinct, key=lambda row: row["at"] + random.randrange(BOUND))

    told = [sorted((m["moment_id"], str(m["values"])) for m in play(plan(spec), rows).moments) for rows in (log, other)]
    assert told[0] == told[1]


@pytest.mark.interpreted
@settings(max_examples=300, deadline=None)
@given(st.one_of(logs(), dense()), changes.specs, st.randoms(use_true_random=False))
def test_t4_what_is_left_does_not_depend_on_how_late_touchpoints_come(log, spec, random):
    """Whatever comes however late within the horizon: the moments that were not taken back are the right ones."""
    arrived = sorted(log, key=lambda row: row["at"] + random.choice([0, 0, 0, random.randrange(HOUR)]))
    taken_back = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core.runs, "take_back", lambda turn, one: taken_back.append(one))
        moments = play(plan(spec, NOISE), arrived).moments

    left = [moment["moment_id"] for moment in moments]
    for one in taken_back:
        left.remove(one)
    assert sorted(left) == sorted(changes.expected(spec, "c1", arrived))


def test_f4_a_busy_customer_takes_no_more_room_than_a_quiet_one():
    sizes = []
    for each_day in (1, 500):
        replay = Replay(Engine(plan(change())))
        for row in [seen(day + part / 1_000) for day in range(60) for part in range(each_day)]:
            replay.take("c1", row)
        sizes.append(len(orjson.dumps(orjson.loads(replay.states["c1"])["sig"])))

    assert sizes[0] < 150
    assert sizes[1] < sizes[0] + 2 * 40


@pytest.mark.interpreted
def test_a_customer_has_few_wake_ups():
    """Somebody who comes every day is looked at about once in the time in which their rate could have fallen."""
    replay = Replay(Engine(plan(change(), dedup_horizon_ms=400 * DAY)))
    looked, on_due = [], replay.engine._book.at(0).signals["fell"].on_due
    replay.engine._book.at(0).signals["fell"].on_due = lambda *given: (looked.append(given[2]), on_due(*given))
    for row in daily(0, 100):
        replay.take("c1", row)

    assert len(looked) <= 100 / 4 + 1


def test_nothing_is_left_once_nothing_can_happen_any_more():
    replay = Replay(Engine(plan(change(cooldown_ms=10 * DAY))))
    for row in daily(0, 40):
        replay.take("c1", row)
    for _ in replay.advance(START_MS + 200 * DAY):
        pass

    assert replay.states == {}


@pytest.mark.interpreted
def test_t4_s6_a_moment_that_never_was_is_taken_out_of_the_rate_and_out_of_what_fired_on_it(voided):
    """Two baskets abandoned a day make a rise, of which one was bought in time: told late."""
    spec = change(
        on=types("signal.abandoned"), falls_to=None, rises_to=20_000, recent_ms=DAY, baseline_ms=4 * DAY,
        baseline_spans_ms=0, baseline_at_least="4",
    )  # fmt: skip
    baskets = [seen(day + 0.5, kind="product_added", basket_id=f"b{day}") for day in range(5)]
    again = seen(4.6, kind="product_added", basket_id="again")
    bought = seen(4.6, ms=1, kind="order_completed", basket_id="again")
    rows = [*baskets, again, seen(5.1, kind="calculator_used"), bought]

    moments = play(plan(absence(collect={}), spec, NOISE), rows).moments

    (rise,) = [one for one in moments if one["signal"] == "fell"]
    assert rise["values"] == {"recent": 2, "baseline": 4, "percent": 200}
    assert rise["moment_id"] in voided


@pytest.mark.interpreted
def test_t4_a_revision_takes_back_no_fall_that_another_has_told(voided):
    """The new one counts touchpoints that the old one did not ask for: with them it was no fall."""
    until_ms = MIDNIGHT + 45 * DAY
    old = change(until_ms=until_ms)
    new = change(on=types("page_viewed", "order_completed"), version="s2", from_ms=until_ms, memory="fell@2")
    rows = [*daily(0, 40), seen(44, ms=HOUR, kind="calculator_used"), seen(41.5, kind="order_completed")]

    moments = play(plan(old, new, NOISE, late_horizon_ms=5 * DAY), rows).moments

    assert [((one["at"] - MIDNIGHT) / DAY, one["signal_version"]) for one in moments] == [(44, "s1"), (45, "s2")]
    assert voided == []
