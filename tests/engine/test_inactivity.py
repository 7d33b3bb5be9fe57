"""S3, T3, T4, F4: inactivity signals."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cjo.engine import Engine, core, room
from cjo.simulate.replay import Replay
from tests.engine.build import (
    AMOUNT,
    BASKET,
    BOUND,
    DAY,
    HOUR,
    MINUTE,
    PRODUCT,
    START_MS,
    absence,
    at,
    event,
    inactivity,
    journey,
    plan,
    play,
    reachable,
    score,
    tp,
    types,
)
from tests.signals.kinds import inactivity as quiet
from tests.signals.logs import logs

MANY = {"total": {"sum": AMOUNT}, "n": {"count": True}}
NOISE = score("noise", at_least=1_000)
ROOM = {"open_runs": 20, "events_per_key": 5, "steps_per_input": 100, "run_ms_max": 30 * DAY}


def seen(minutes, **fields):
    return tp("page_viewed", minutes, **fields)


def times(found):
    return [moment["at"] for moment in found.moments]


@pytest.fixture
def voided(monkeypatch):
    """Ids of moments that turned out never to have been."""
    found, take_back = [], core.runs.take_back
    monkeypatch.setattr(core.runs, "take_back", lambda turn, one: (found.append(one), take_back(turn, one)))
    return found


def test_it_fires_so_long_after_the_last_touchpoint_and_again_after_the_next_ones():
    rows = [seen(minute) for minute in (0, 10, 20, 100, 110)]

    found = play(plan(inactivity()), rows)

    assert times(found) == [at(50), at(140)]
    assert [one["at"] for one in found.moments[1]["evidence"]] == [at(100), at(110)]


def test_t3_a_touchpoint_at_exactly_the_deadline_is_inside_and_wins():
    assert times(play(plan(inactivity()), [seen(0), seen(1), seen(31)])) == [at(61)]
    assert times(play(plan(inactivity()), [seen(0), seen(1), seen(31.001)])) == [at(31), at(61.001)]


def test_t3_a_touchpoint_exactly_as_old_as_the_window_counts_and_an_older_one_does_not():
    assert times(play(plan(inactivity(silent_ms=HOUR)), [seen(0), seen(60)])) == [at(120)]
    assert times(play(plan(inactivity(silent_ms=HOUR)), [seen(0), seen(60.001)])) == []


def test_t3_a_touchpoint_after_a_pending_deadline_does_not_satisfy_it_though_handled_before():
    found = play(plan(inactivity()), [seen(0), seen(1), seen(31 + 2 / 60)], until_minutes=31.1)

    assert times(found) == [at(31)]


def test_who_was_not_active_enough_is_not_missed():
    assert times(play(plan(inactivity(at_least=3)), [seen(0), seen(1), seen(100), seen(101), seen(102)])) == [at(132)]


def test_activity_before_an_earlier_silence_counts_within_the_window():
    assert times(play(plan(inactivity(at_least=3)), [seen(0), seen(1), seen(50)])) == [at(80)]


def test_r1_each_key_falls_silent_alone():
    rows = [tp("product_added", minute, basket_id=basket) for minute, basket in ((0, "b1"), (5, "b2"), (9, "b2"))]

    found = play(plan(inactivity(per=BASKET)), [*rows, tp("product_added", 10, basket_id="b1"), seen(20)])

    assert [(moment["key"], moment["at"]) for moment in found.moments] == [("b2", at(39)), ("b1", at(40))]


@pytest.mark.interpreted
def test_t4_a_late_touchpoint_in_the_silence_takes_back_the_moment_and_it_fires_later(voided):
    rows = [*reachable(), seen(0), seen(1), tp("calculator_used", 60), seen(20)]

    found = play(plan(inactivity(), NOISE, journey(on="quiet")), rows)

    assert voided == [found.moments[0]["moment_id"]]
    assert [(moment["at"], moment["late_ms"]) for moment in found.moments] == [(at(31), 0), (at(50), 10 * MINUTE)]
    assert "cancelled_late" in found.reasons("cancel")


def test_t4_a_late_touchpoint_that_makes_the_activity_enough_fires_what_should_have_fired():
    rows = [seen(1), tp("calculator_used", 60), seen(0)]

    (moment,) = play(plan(inactivity(), NOISE), rows).moments

    assert (moment["at"], moment["late_ms"]) == (at(31), 29 * MINUTE)


@pytest.mark.interpreted
@settings(max_examples=300, deadline=None)
@given(logs(), quiet.specs, st.randoms(use_true_random=False))
def test_t4_what_is_left_does_not_depend_on_how_late_touchpoints_come(log, spec, random):
    """Whatever comes however late within the horizon: the moments that were not taken back are the right ones."""
    arrived = sorted(log, key=lambda row: row["at"] + random.choice([0, 0, 0, random.randrange(HOUR)]))
    taken_back = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core.runs, "take_back", lambda turn, one: taken_back.append(one))
        moments = play(plan(spec, NOISE), arrived).moments

    left = {moment["moment_id"]: moment["at"] for moment in moments}
    for one in taken_back:
        del left[one]
    silences = quiet.expected(
        spec, "c1", arrived
    ).values()  # which touchpoint of one instant names it, lateness decides
    assert sorted(left.values()) == sorted(at_ms for at_ms, _ in silences)


@settings(max_examples=200, deadline=None)
@given(logs(), quiet.specs, st.randoms(use_true_random=False))
def test_s3_ids_values_and_evidence_do_not_depend_on_arrival_within_the_bound(log, spec, random):
    distinct = list({row["event_id"]: row for row in log}.values())
    other = sorted(distinct, key=lambda row: row["at"] + random.randrange(BOUND))

    told = [
        sorted((m["moment_id"], m["at"], m["values"], m["evidence"]) for m in play(plan(spec), rows).moments)
        for rows in (distinct, other)
    ]
    assert told[0] == told[1]


@settings(max_examples=200, deadline=None)
@given(logs(), quiet.specs, st.integers(1, 4))
def test_f4_with_little_room_moments_are_the_same_and_say_where_a_sum_lost_something(log, spec, most):
    limits = ROOM | {"events_per_key": most}
    expected = quiet.expected(spec, "c1", log)

    moments = {moment["moment_id"]: moment for moment in play(plan(spec, limits=limits), log).moments}

    assert {one: moment["at"] for one, moment in moments.items()} == {one: at for one, (at, _) in expected.items()}
    for one, moment in moments.items():
        assert moment["values"] == expected[one][1] or moment["values"]["truncated"]


def test_f4_a_spell_whose_deadline_has_not_passed_is_never_dropped_for_room():
    seconds = [tp("page_viewed", second / 60) for second in (0, 0, 1, 2, 3, 4)]
    spec = inactivity(at_least=1, within_ms=0, silent_ms=1)

    found = play(plan(spec, limits=ROOM | {"events_per_key": 1}), seconds)

    assert times(found) == [at(second / 60) + 1 for second in range(5)]


def test_f4_a_busy_customer_costs_no_more_than_a_quiet_one_and_the_moment_is_exact():
    lists = {"items": {"each": PRODUCT, "minus": [], "max": 3}}
    spec = inactivity(at_least=3, silent_ms=14 * DAY, within_ms=30 * DAY, collect=lists)
    rows = [seen(number, product_id=f"p{number}") for number in range(5_000)]
    replay = Replay(Engine(plan(spec)))
    for row in rows:
        replay.take("c1", row)
    kept = orjson.loads(replay.states["c1"])["sig"]["quiet"]

    (moment,) = play(plan(spec), rows).moments
    assert len(orjson.dumps(kept)) < 600
    assert moment["values"] == {"items": ["p4997", "p4998", "p4999"]}
    assert (moment["at"], len(moment["evidence"])) == (at(4_999) + 14 * DAY, 3)


def test_f4_a_sum_that_lost_touchpoints_says_so():
    rows = [seen(minute, amount="1.0000") for minute in range(20)]

    exact, truncated = (
        play(plan(inactivity(collect=MANY), limits=limits), rows).moments[0]["values"]
        for limits in (ROOM | {"events_per_key": 18}, ROOM)
    )

    assert exact == {"total": "20.00", "n": 20}
    assert truncated == {"total": "7.00", "n": 7, "truncated": True}


def test_a_silence_of_months_is_noticed_though_everything_else_is_forgotten_long_before():
    found = play(plan(inactivity(silent_ms=200 * DAY)), [seen(0), seen(1)])

    assert times(found) == [at(1) + 200 * DAY]


def test_nothing_is_left_once_nothing_can_happen_any_more():
    replay = Replay(Engine(plan(inactivity(collect=MANY), event(on=types("calculator_used")))))
    for row in (seen(0), seen(1), seen(90)):
        replay.take("c1", row)
    for _ in replay.advance(START_MS + 30 * DAY):
        pass

    assert replay.states == {}


def test_a_key_that_is_forgotten_for_room_is_counted(monkeypatch):
    monkeypatch.setattr("cjo.engine.signals.base.KEYS", 2)
    rows = [tp("product_added", number, basket_id=f"b{number // 2}") for number in range(6)]

    found = play(plan(inactivity(per=BASKET)), rows)

    assert found.of("count") == ["keys_forgotten"]
    assert [moment["key"] for moment in found.moments] == ["b1", "b2"]
    assert "keys_forgotten" in room.COUNTERS


def test_t4_s6_a_moment_that_never_was_is_no_activity():
    """Two baskets abandoned are activity, but one was bought in time: told late."""
    added = [tp("product_added", minute, basket_id=f"b{minute}") for minute in (0, 10)]
    rows = [*added, tp("calculator_used", 45), tp("order_completed", 5, basket_id="b0"), tp("calculator_used", 200)]
    spec = inactivity(on=types("signal.abandoned"), silent_ms=HOUR)

    late, never = (play(plan(absence(collect={}), spec, NOISE), one).moments for one in (rows, rows[:2]))

    assert [one["signal"] for one in late] == ["abandoned", "abandoned"]
    assert [one["signal"] for one in never] == ["abandoned", "abandoned", "quiet"]


def left(*minutes):
    """Baskets that are left at these times."""
    return [tp("product_added", minute - 30, basket_id=f"b{minute}") for minute in minutes]


def bought(minute):
    """The order of a basket that was said to be left at this time."""
    return tp("order_completed", minute - 29, basket_id=f"b{minute}")


def standing(spec, rows, **workspace):
    """(time, id) of the moments that were not taken back."""
    taken = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core.runs, "take_back", lambda turn, one: taken.append(one))
        moments = play(plan(absence(collect={}), spec, NOISE, **workspace), rows).moments
    quiet_ones = [(one["at"], one["moment_id"]) for one in moments if one["signal"] == "quiet"]
    for gone in taken:
        found = next((one for one in quiet_ones if one[1] == gone), None)
        if found:
            quiet_ones.remove(found)
    return sorted(quiet_ones)


@pytest.mark.interpreted
@pytest.mark.parametrize("told_at", [89, 300])
def test_s6_t4_silence_begins_with_the_last_that_was(told_at):
    spec = inactivity(on=types("signal.abandoned"), at_least=1, within_ms=0, silent_ms=2 * HOUR)
    baskets = left(30, 80)

    found = standing(spec, [*baskets, tp("calculator_used", told_at), bought(80), tp("calculator_used", 600)])

    assert [one for one, _ in found] == [at(150)]
    assert found == standing(spec, baskets[:1])
    assert [one for one, _ in standing(spec, baskets)] == [at(200)]
    assert standing(spec, [*left(30), tp("calculator_used", told_at), bought(30)]) == []


@pytest.mark.interpreted
@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(30, 200), st.booleans(), st.integers(1, 200)), max_size=6, unique_by=lambda one: one[0]
    ),
    st.lists(st.integers(30, 200), max_size=6, unique=True),
    st.sampled_from([10, 20, 40]),
    st.sampled_from([1, 2, 3]),
    st.sampled_from([{}, MANY]),
)
def test_s6_t4_what_is_left_is_as_if_moments_that_never_were_had_not_been(baskets, views, silent, least, collect):
    """As if nobody had touched the baskets that were bought in time, whenever that comes to light."""
    spec = inactivity(
        on=types("signal.abandoned", "page_viewed"), silent_ms=silent * MINUTE, at_least=least, within_ms=HOUR,
        collect=collect,
    )  # fmt: skip
    rows = [(minute, seen(minute)) for minute in views]
    rows += [(minute, tp("calculator_used", minute)) for minute in range(0, 600, 10)]
    kept = [(minute - 30, row) for minute, never, _ in baskets if not never for row in left(minute)]
    gone = [(minute - 30, row) for minute, never, _ in baskets if never for row in left(minute)]
    gone += [(minute + after, bought(minute)) for minute, never, after in baskets if never]

    late, without = (
        standing(spec, [row for _, row in sorted(log, key=lambda one: one[0])])
        for log in ([*rows, *kept, *gone], [*rows, *kept])
    )

    assert late == without


@pytest.mark.interpreted
def test_f4_s6_a_spell_stays_as_it_is_where_its_points_are_no_longer_known():
    """Of seven the newest five are known for themselves."""
    spec = inactivity(on=types("signal.abandoned"), at_least=1, within_ms=0)
    minutes = range(40, 250, 25)
    rows = [*sorted(left(*minutes), key=lambda row: row["at"]), tp("calculator_used", 241)]

    older, newer = (standing(spec, [*rows, bought(one)], limits=ROOM) for one in (65, 215))

    assert [one for one, _ in older] == [at(270)]
    assert [one for one, _ in newer] == [at(220), at(270)]


def test_t4_a_revision_takes_back_no_silence_that_another_has_told():
    """The old one knows activity that the new one does not ask for."""
    made = {"at_least": 1, "within_ms": 0}
    old = inactivity(on=types("page_viewed", "calculator_used"), until_ms=at(60), **made)
    new = inactivity(on=types("page_viewed"), version="s2", revision=2, from_ms=at(60), memory="quiet@2", **made)
    rows = [*reachable(), seen(40), tp("profile_updated", 80, attributes={"email": "b@example.org"})]

    found = play(plan(old, new, journey("j", "quiet", exit=[], per=None)), [*rows, tp("calculator_used", 41)])

    assert times(found) == [at(70)]
    assert [one["kind"] for one in found.actions] == ["request"]
