"""S1, S2, S3, S5, T3: the engine's moments are those of the reference, on generated logs.

The logs have ties, gaps, duplicates, and disorder within the bound.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine import reference
from tests.engine.build import BOUND, PRODUCT, START_MS, absence, count, plan, play, score, types

TYPES = ["product_added", "product_added", "order_completed", "product_removed", "page_viewed", "calculator_used"]
WITHIN = 60_000


@st.composite
def logs(draw):
    """Rows of one customer in order of arrival; every distance that matters occurs often."""
    gap = st.sampled_from([0, 0, 1, 1_000, 5_000, 20_000, 30_000, WITHIN - 1, WITHIN, WITHIN + 1, 3 * WITHIN])
    rows, now = [], START_MS
    for number in range(draw(st.integers(1, 25))):
        now += draw(gap)
        row = {"event_id": f"e{number}", "type": draw(st.sampled_from(TYPES)), "at": now}
        row |= {"basket_id": draw(st.sampled_from(["b1", "b1", "b2"])), "product_id": draw(st.sampled_from("pq"))}
        rows.append(row | {"amount": draw(st.sampled_from(["1.0000", "19.9900"]))})
    delays = draw(st.lists(st.integers(0, BOUND - 1), min_size=len(rows), max_size=len(rows)))
    arrived = [row for _, row in sorted(zip(delays, rows, strict=True), key=lambda one: one[0] + one[1]["at"])]
    for repeat in draw(st.lists(st.sampled_from(arrived), max_size=3)):
        arrived.append(repeat)
    return arrived


def fired(outcome):
    return {moment["moment_id"]: (moment["at"], moment["values"]) for moment in outcome.moments}


@settings(max_examples=300, deadline=None)
@given(logs(), st.sampled_from(["restart", "keep"]))
def test_s2_absences_are_those_of_the_reference(log, on_repeat):
    spec = absence(within_ms=WITHIN, on_repeat=on_repeat)

    assert fired(play(plan(spec), log)) == reference.absences(spec, "c1", log)


@settings(max_examples=200, deadline=None)
@given(logs(), st.sampled_from([None, 90_000]), st.integers(1, 8))
def test_s1_settled_scores_are_those_of_the_reference(log, cooldown_ms, at_least):
    spec = score(window_ms=WITHIN, cooldown_ms=cooldown_ms, at_least=at_least, settle=True)

    times = {moment_id: at_ms for moment_id, (at_ms, _) in fired(play(plan(spec), log)).items()}
    assert times == reference.settled_scores(spec, "c1", log)


@settings(max_examples=200, deadline=None)
@given(logs(), st.sampled_from([None, 90_000]), st.integers(1, 8))
def test_s1_scores_at_once_are_those_of_the_reference_in_log_order(log, cooldown_ms, at_least):
    spec = score(window_ms=WITHIN, cooldown_ms=cooldown_ms, at_least=at_least)

    times = {moment_id: at_ms for moment_id, (at_ms, _) in fired(play(plan(spec), log)).items()}
    assert times == reference.scores_at_once(spec, "c1", log)


counting = st.fixed_dictionaries(
    {
        "cooldown_ms": st.sampled_from([None, 90_000]),
        "at_least": st.integers(1, 4),
        "distinct": st.sampled_from([None, PRODUCT]),
        "on": st.sampled_from([types("product_added"), types("product_added", "page_viewed", "page_viewed")]),
    }
)


@settings(max_examples=150, deadline=None)
@given(logs(), counting)
def test_s1_settled_counts_are_those_of_the_reference(log, how):
    spec = count(window_ms=WITHIN, settle=True, **how)

    assert fired(play(plan(spec), log)) == reference.settled_counts(spec, "c1", log)


@settings(max_examples=150, deadline=None)
@given(logs(), counting)
def test_s1_counts_at_once_are_those_of_the_reference_in_log_order(log, how):
    spec = count(window_ms=WITHIN, **how)

    assert fired(play(plan(spec), log)) == reference.counts_at_once(spec, "c1", log)


@settings(max_examples=200, deadline=None)
@given(logs(), counting, st.booleans(), st.integers(1, 6))
def test_s1_counts_with_little_room_are_exact_while_few_touchpoints_overtake_the_one_judged(log, how, settle, room):
    """In order, and with no more than `room` touchpoints waiting, nothing that is dropped can matter."""
    spec = count(window_ms=WITHIN, settle=settle, **how)
    ordered = sorted(log, key=lambda row: row["at"])
    waiting = max(sum(1 for row in ordered if one["at"] <= row["at"] <= one["at"] + BOUND) for one in ordered)
    limits = {"open_runs": 20, "events_per_key": max(room, waiting), "steps_per_input": 100, "run_ms_max": 1}

    expected = (reference.settled_counts if settle else reference.counts_at_once)(spec, "c1", ordered)
    assert fired(play(plan(spec, limits=limits), ordered)) == expected


@settings(max_examples=200, deadline=None)
@given(logs(), st.randoms(use_true_random=False))
def test_s3_deadlines_and_settled_moments_do_not_depend_on_arrival_within_the_bound(log, random):
    distinct = count("different", window_ms=WITHIN, settle=True, distinct=PRODUCT, at_least=2)
    wanted = plan(absence(within_ms=WITHIN), score(window_ms=WITHIN, settle=True), distinct)
    other = sorted(log, key=lambda row: row["at"] + random.randrange(BOUND))

    assert fired(play(wanted, log)) == fired(play(wanted, other))
